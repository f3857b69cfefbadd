// What is seen in the pixels of a canvas.

/** The brightness (0…1, null where nothing is drawn) of a canvas's pixels. Viridis and cividis rise in brightness all along. */
export async function brightness(page, selector) {
  const { width, height, text } = await page.$eval(selector, (canvas) => {
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    const levels = Uint8Array.from({ length: width * height }, (_, i) => (data[4 * i + 3] ? Math.min(254, 0.2126 * data[4 * i] + 0.7152 * data[4 * i + 1] + 0.0722 * data[4 * i + 2]) : 255));
    let text = "";
    for (let i = 0; i < levels.length; i += 8192) text += String.fromCharCode(...levels.subarray(i, i + 8192));
    return { width, height, text: btoa(text) };
  });
  return { width, height, values: Array.from(Buffer.from(text, "base64"), (v) => (v === 255 ? null : v / 254)) };
}

/** A number that is another where the pixels are. */
export const digest = (page, selector) =>
  page.$eval(selector, (canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let h = 0;
    for (let i = 0; i < data.length; i += 4) h = (h * 31 + data[i] + 7 * data[i + 1] + 13 * data[i + 2]) | 0;
    return h;
  });

/** How far two numbers of each pair rise together, whatever the curve: 1 if always, 0 if there is nothing to it (Spearman). */
export function order(pairs) {
  const ranks = (values) => {
    const by = values.map((v, i) => [v, i]).sort(([a], [b]) => a - b);
    const out = new Float64Array(values.length);
    for (let i = 0; i < by.length; ) {
      let j = i;
      while (j < by.length && by[j][0] === by[i][0]) ++j;
      for (let k = i; k < j; ++k) out[by[k][1]] = (i + j - 1) / 2;
      i = j;
    }
    return out;
  };
  const [a, b] = [0, 1].map((k) => ranks(pairs.map((p) => p[k])));
  const middle = (pairs.length - 1) / 2;
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < pairs.length; ++i) {
    ab += (a[i] - middle) * (b[i] - middle);
    aa += (a[i] - middle) ** 2;
    bb += (b[i] - middle) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

/** Mean brightness by distance from a point, in steps of one pixel. */
export function profile({ width, height, values }, cx, cy, reach) {
  const sum = new Float64Array(reach);
  const count = new Float64Array(reach);
  for (let y = 0; y < height; ++y)
    for (let x = 0; x < width; ++x) {
      const r = Math.floor(Math.hypot(x - cx, y - cy));
      const v = values[y * width + x];
      if (r >= reach || v === null) continue;
      sum[r] += v;
      count[r] += 1;
    }
  return Array.from(sum, (s, i) => (count[i] ? s / count[i] : NaN));
}

/** The radii at which a profile stands out of what is around it by some brightness. */
export function ringsOf(radial, prominence) {
  const rings = [];
  const around = Math.max(6, Math.round(radial.length / 12));
  for (let r = around; r < radial.length - around; ++r) {
    const near = radial.slice(r - around, r + around + 1);
    if (radial[r] === Math.max(...near) && radial[r] - Math.max(Math.min(...near.slice(0, around)), Math.min(...near.slice(around))) > prominence) rings.push(r);
  }
  return rings;
}
