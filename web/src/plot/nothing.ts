// In place of the package "ndarray-ops", of which h5web uses nothing.
export {};
