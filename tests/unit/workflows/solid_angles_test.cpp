// Sums of solid angles against the plain double loop.
#include "workflows/parameter_model.hpp"
#include "workflows/reduction/neutron.hpp"
#include "workflows/sans/solid_angles.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>

namespace solid_angles_test {

using namespace livedata;

TEST_CASE("each pixel counts at each wavelength in the bin of its momentum transfer") {
  std::mt19937_64 rng(2);
  std::uniform_real_distribution<double> angle(0.001, 0.4);
  std::vector<double> sin_theta;
  std::vector<double> omega;
  for (int i = 0; i < 777; ++i) {
    sin_theta.push_back(i % 50 == 0 ? std::numeric_limits<double>::quiet_NaN() : angle(rng));
    // So that what lies outside of a range would spoil a difference of sums.
    omega.push_back(i % 3 == 0 ? 1e6 * angle(rng) : 1e-6 * angle(rng));
  }
  const std::vector<double> wavelength{1.1, 2.5, 7.25, 12};
  const std::vector<double> q_edges{0.01, 0.05, 0.3, 0.31, 1.7};
  const auto h = solid_angle_by_q(omega, sin_theta, wavelength, q_edges);
  for (std::size_t q = 0; q + 1 < q_edges.size(); ++q)
    for (std::size_t k = 0; k < wavelength.size(); ++k) {
      double sum = 0;
      for (std::size_t p = 0; p < omega.size(); ++p) {
        const auto at = neutron::momentum_transfer(wavelength[k], sin_theta[p]);
        if (q_edges[q] <= at && at < q_edges[q + 1]) sum += omega[p];
      }
      CHECK(h[q * wavelength.size() + k] == doctest::Approx(sum).epsilon(1e-13));
    }
}

TEST_CASE("a tube across the beam covers its projected area over the square of the distance") {
  scattering_pixels pixels;
  pixels.scattered = {{0, 0, 2}, {0, 1, 2}};
  pixels.shape = cylinder_shape{{0, 0.01, 0}, {0.004, 0, 0}};
  const auto omega = solid_angles(pixels, "bank");
  CHECK(omega[0] == doctest::Approx(2 * 0.004 * 0.01 / 4).epsilon(1e-14));
  // Seen at an angle, the tube is shorter by the sine of it.
  CHECK(omega[1] == doctest::Approx(2 * 0.004 * 0.01 * (2 / std::sqrt(5.0)) / 5).epsilon(1e-14));
  pixels.shape.reset();
  CHECK_THROWS_AS(solid_angles(pixels, "bank"), parameter_error);
}

} // namespace solid_angles_test
