/**
 * Pictures in planes of 8 bit to RGBA, in AssemblyScript, compiled to WebAssembly with SIMD by `scripts/kernels.ts`. Integers only: the
 * same picture gives the same bytes on every machine. Addresses and steps are in bytes. Nothing is allocated here: the caller
 * owns the memory (`picture-converter.ts`), and leaves `SLACK` bytes behind every area, which are read and written over.
 */

/** Bits of a weight: those of an output sample add up to 1 << WEIGHT_BITS. */
const WEIGHT_BITS: u32 = 12;
/** Fractional bits of what stands between the two directions of scaling, in 16. */
const BETWEEN_BITS: u32 = 8;

/**
 * Copies samples that lie `across` and `down` bytes apart, either way, to a plane of `width` x `height` bytes: turns it, and takes it out of
 * others. Samples of more than 8 bits take two bytes and are rounded.
 */
export function gather(from: usize, across: isize, down: isize, width: u32, height: u32, depth: u32, out: usize): void {
  const shift = depth - 8;
  const half: u32 = (1 << shift) >> 1;
  for (let y: u32 = 0; y < height; y++) {
    let at = from;
    for (let x: u32 = 0; x < width; x++) {
      if (shift == 0) store<u8>(out, load<u8>(at));
      else store<u8>(out, <u8>min<u32>(255, (<u32>load<u16>(at) + half) >> shift));
      at += across;
      out++;
    }
    from += down;
  }
}

/**
 * Scales a plane. A table has, for each output sample, the first input sample that counts and `taps` weights, 32 bits each.
 * @param halved every output sample across is the mean of two of its own
 * @param between room for `outWidth` x `height` samples of 16 bits
 */
export function scale(
  from: usize,
  step: usize,
  height: u32,
  across: usize,
  acrossTaps: u32,
  halved: bool,
  down: usize,
  downTaps: u32,
  between: usize,
  out: usize,
  outWidth: u32,
  outHeight: u32,
): void {
  for (let y: u32 = 0; y < height; y++) {
    const row = from + y * step;
    const target = between + ((y * outWidth) << 1);
    if (halved) halveRow(row, outWidth, target);
    else scaleRow(row, across, acrossTaps, outWidth, target);
  }
  let entry = down;
  for (let y: u32 = 0; y < outHeight; y++) {
    scaleColumns(between + ((load<u32>(entry) * outWidth) << 1), outWidth, entry + 4, downTaps, out + y * outWidth);
    entry += (downTaps + 1) << 2;
  }
}

function scaleRow(row: usize, table: usize, taps: u32, width: u32, out: usize): void {
  const half: u32 = 1 << (WEIGHT_BITS - BETWEEN_BITS - 1);
  for (let x: u32 = 0; x < width; x++) {
    let at = row + load<u32>(table);
    let sum = half;
    for (let tap: u32 = 0; tap < taps; tap++) {
      table += 4;
      sum += load<u32>(table) * load<u8>(at++);
    }
    table += 4;
    store<u16>(out, <u16>(sum >> (WEIGHT_BITS - BETWEEN_BITS)));
    out += 2;
  }
}

function halveRow(row: usize, width: u32, out: usize): void {
  for (let x: u32 = 0; x < width; x += 8) {
    const sums = i16x8.extadd_pairwise_i8x16_u(v128.load(row));
    v128.store(out, i16x8.shl(sums, BETWEEN_BITS - 1));
    row += 16;
    out += 16;
  }
}

function scaleColumns(from: usize, width: u32, weights: usize, taps: u32, out: usize): void {
  const half = i32x4.splat(1 << (WEIGHT_BITS + BETWEEN_BITS - 1));
  const step = <usize>width << 1;
  for (let x: u32 = 0; x < width; x += 8) {
    let low = half;
    let high = half;
    let at = from;
    for (let tap: u32 = 0; tap < taps; tap++) {
      const samples = v128.load(at);
      const weight = v128.load16_splat(weights + (tap << 2));
      low = i32x4.add(low, i32x4.extmul_low_i16x8_u(samples, weight));
      high = i32x4.add(high, i32x4.extmul_high_i16x8_u(samples, weight));
      at += step;
    }
    const words = i16x8.narrow_i32x4_u(
      i32x4.shr_u(low, WEIGHT_BITS + BETWEEN_BITS),
      i32x4.shr_u(high, WEIGHT_BITS + BETWEEN_BITS),
    );
    v128.store64_lane(out, i8x16.narrow_i16x8_u(words, words), 0);
    from += 16;
    out += 8;
  }
}

/**
 * Planes of brightness and colour to RGBA, opaque, in 1/64 of a level as libyuv does it: the factors are those of `colours.ts`.
 * @param halfAcross, halfDown a colour sample is for two pixels
 * @param line room for two rows of colour samples, one for each pixel
 */
export function convert(
  y: usize,
  u: usize,
  v: usize,
  yStep: usize,
  colourStep: usize,
  halfAcross: bool,
  halfDown: bool,
  width: u32,
  height: u32,
  line: usize,
  lineStep: usize,
  out: usize,
  yFactor: i32,
  offset: i32,
  uToBlue: i32,
  uToGreen: i32,
  vToGreen: i32,
  vToRed: i32,
): void {
  for (let row: u32 = 0; row < height; row++) {
    let us = u;
    let vs = v;
    if (halfAcross) {
      us = line;
      vs = line + lineStep;
      if (!halfDown || (row & 1) == 0) {
        double(u, width, us);
        double(v, width, vs);
      }
    }
    let pixels = out;
    for (let x: u32 = 0; x < width; x += 8) {
      const samples = i16x8.mul(v128.load8x8_u(y + x), i16x8.splat(257));
      const levels = i16x8.add(
        i16x8.narrow_i32x4_s(
          i32x4.shr_u(i32x4.extmul_low_i16x8_u(samples, i16x8.splat(<i16>yFactor)), 16),
          i32x4.shr_u(i32x4.extmul_high_i16x8_u(samples, i16x8.splat(<i16>yFactor)), 16),
        ),
        i16x8.splat(<i16>offset),
      );
      const blueness = i16x8.sub(v128.load8x8_u(us + x), i16x8.splat(128));
      const redness = i16x8.sub(v128.load8x8_u(vs + x), i16x8.splat(128));
      const red = i16x8.add_sat_s(levels, i16x8.mul(redness, i16x8.splat(<i16>vToRed)));
      const blue = i16x8.add_sat_s(levels, i16x8.mul(blueness, i16x8.splat(<i16>uToBlue)));
      const green = i16x8.sub_sat_s(
        levels,
        i16x8.add(
          i16x8.mul(blueness, i16x8.splat(<i16>uToGreen)),
          i16x8.mul(redness, i16x8.splat(<i16>vToGreen)),
        ),
      );
      const rb = i8x16.narrow_i16x8_u(i16x8.shr_s(red, 6), i16x8.shr_s(blue, 6));
      const ga = i8x16.narrow_i16x8_u(i16x8.shr_s(green, 6), i16x8.splat(255));
      const rg = i8x16.shuffle(rb, ga, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      const ba = i8x16.shuffle(rb, ga, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
      v128.store(pixels, i16x8.shuffle(rg, ba, 0, 8, 1, 9, 2, 10, 3, 11));
      v128.store(pixels, i16x8.shuffle(rg, ba, 4, 12, 5, 13, 6, 14, 7, 15), 16);
      pixels += 32;
    }
    out += width << 2;
    y += yStep;
    if (!halfDown || (row & 1) == 1) {
      u += colourStep;
      v += colourStep;
    }
  }
}

/** Planes of red, green and blue, `step` bytes a row, to RGBA, opaque. */
export function join(red: usize, green: usize, blue: usize, step: usize, width: u32, height: u32, out: usize): void {
  for (let row: u32 = 0; row < height; row++) {
    let pixels = out;
    for (let x: u32 = 0; x < width; x += 8) {
      const r = v128.load64_zero(red + x);
      const g = v128.load64_zero(green + x);
      const b = v128.load64_zero(blue + x);
      const rg = i8x16.shuffle(r, g, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      const ba = i8x16.shuffle(b, i8x16.splat(-1), 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      v128.store(pixels, i16x8.shuffle(rg, ba, 0, 8, 1, 9, 2, 10, 3, 11));
      v128.store(pixels, i16x8.shuffle(rg, ba, 4, 12, 5, 13, 6, 14, 7, 15), 16);
      pixels += 32;
    }
    out += width << 2;
    red += step;
    green += step;
    blue += step;
  }
}

/** Every sample twice. */
function double(from: usize, width: u32, out: usize): void {
  for (let x: u32 = 0; x < width; x += 16) {
    const samples = v128.load64_zero(from);
    v128.store(out, i8x16.shuffle(samples, samples, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7));
    from += 8;
    out += 16;
  }
}
