/**
 * Pictures in planes to RGBA, in AssemblyScript, compiled to WebAssembly with SIMD by `scripts/kernels.ts`. Nothing depends on the machine:
 * the same picture gives the same bytes everywhere. Addresses and steps are in bytes. Nothing is allocated here: the caller
 * owns the memory (`picture-converter.ts`), and leaves `SLACK` bytes behind every area, which are read and written over.
 */

/** Bits of a weight: those of an output sample add up to 1 << WEIGHT_BITS. */
const WEIGHT_BITS: u32 = 12;

/**
 * Copies samples that lie `across` and `down` bytes apart, either way, to a plane of `width` x `height`: turns it, and takes it out of others.
 * @param bytes, depth of a sample that comes
 * @param outDepth of one that goes: 8, or more in two bytes
 */
export function gather(
  from: usize,
  across: isize,
  down: isize,
  width: u32,
  height: u32,
  bytes: u32,
  depth: u32,
  outDepth: u32,
  out: usize,
): void {
  const more: u32 = outDepth > depth ? outDepth - depth : 0;
  const less: u32 = depth > outDepth ? depth - outDepth : 0;
  const half: u32 = (1 << less) >> 1;
  const most: u32 = (1 << outDepth) - 1;
  for (let y: u32 = 0; y < height; y++) {
    let at = from;
    for (let x: u32 = 0; x < width; x++) {
      const sample = bytes == 1 ? <u32>load<u8>(at) : <u32>load<u16>(at);
      const rounded = min<u32>(most, ((sample << more) + half) >> less);
      if (outDepth == 8) {
        store<u8>(out++, <u8>rounded);
      } else {
        store<u16>(out, <u16>rounded);
        out += 2;
      }
      at += across;
    }
    from += down;
  }
}

/**
 * Scales a plane. A table has, for each output sample, the first input sample that counts and `taps` weights, 32 bits each.
 * @param depth bits of a sample; more than 8 take two bytes
 * @param halved every output sample across is the mean of two of its own
 * @param between room for `outWidth` x `height` samples of 16 bits
 */
export function scale(
  from: usize,
  step: usize,
  height: u32,
  depth: u32,
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
  const wide = depth > 8;
  for (let y: u32 = 0; y < height; y++) {
    const row = from + y * step;
    const target = between + ((y * outWidth) << 1);
    if (wide) scaleRow<u16>(row, across, acrossTaps, outWidth, WEIGHT_BITS + depth - 16, target);
    else if (halved) halveRow(row, outWidth, target);
    else scaleRow<u8>(row, across, acrossTaps, outWidth, WEIGHT_BITS + depth - 16, target);
  }
  let entry = down;
  for (let y: u32 = 0; y < outHeight; y++) {
    scaleColumns(between + ((load<u32>(entry) * outWidth) << 1), outWidth, entry + 4, downTaps, WEIGHT_BITS + 16 - depth, wide, out);
    out += wide ? outWidth << 1 : outWidth;
    entry += (downTaps + 1) << 2;
  }
}

/** To samples of 16 bits, the sum less `shift` bits. */
function scaleRow<T>(row: usize, table: usize, taps: u32, width: u32, shift: u32, out: usize): void {
  const half: u32 = (1 << shift) >> 1;
  for (let x: u32 = 0; x < width; x++) {
    let at = row + load<u32>(table) * sizeof<T>();
    let sum = half;
    for (let tap: u32 = 0; tap < taps; tap++) {
      table += 4;
      sum += load<u32>(table) * <u32>load<T>(at);
      at += sizeof<T>();
    }
    table += 4;
    store<u16>(out, <u16>min<u32>(65535, sum >> shift));
    out += 2;
  }
}

/** As `scaleRow` where two samples of 8 bits weigh a half each. */
function halveRow(row: usize, width: u32, out: usize): void {
  for (let x: u32 = 0; x < width; x += 8) {
    const sums = i16x8.extadd_pairwise_i8x16_u(v128.load(row));
    v128.store(out, i16x8.shl(sums, 7));
    row += 16;
    out += 16;
  }
}

function scaleColumns(from: usize, width: u32, weights: usize, taps: u32, shift: u32, wide: bool, out: usize): void {
  const half = i32x4.splat(1 << (shift - 1));
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
    const words = i16x8.narrow_i32x4_u(i32x4.shr_u(low, shift), i32x4.shr_u(high, shift));
    if (wide) {
      v128.store(out, words);
      out += 16;
    } else {
      v128.store64_lane(out, i8x16.narrow_i16x8_u(words, words), 0);
      out += 8;
    }
    from += 16;
  }
}

/** Entries of each of the tables of `toneMap`, less one. */
const LAST: f32 = 4095;

/** Places in a table for four values; what is outside of 0 to 1 has the first and the last. */
@inline
function entries(values: v128): v128 {
  const inside = f32x4.pmin(f32x4.splat(1), f32x4.pmax(f32x4.splat(0), values));
  // Added to 1 << 23, a number is rounded to whole ones, and these are the sum's lowest bits.
  const rounded = f32x4.add(f32x4.mul(inside, f32x4.splat(LAST)), f32x4.splat(8388608));
  return v128.and(rounded, i32x4.splat(0xfff));
}

@inline
function lookUp(table: usize, values: v128): v128 {
  const at = i32x4.shl(entries(values), 2);
  let found = v128.load32_zero(table + i32x4.extract_lane(at, 0));
  found = v128.load32_lane(table + i32x4.extract_lane(at, 1), found, 1);
  found = v128.load32_lane(table + i32x4.extract_lane(at, 2), found, 2);
  return v128.load32_lane(table + i32x4.extract_lane(at, 3), found, 3);
}

/** `a` times the first of three, and so on. */
@inline
function mixed(r: v128, g: v128, b: v128, a: f32, c: f32, d: f32): v128 {
  return f32x4.add(
    f32x4.add(f32x4.mul(r, f32x4.splat(a)), f32x4.mul(g, f32x4.splat(c))),
    f32x4.mul(b, f32x4.splat(d)),
  );
}

@inline
function root(light: v128): v128 {
  return f32x4.sqrt(f32x4.pmax(f32x4.splat(0), light));
}

@inline
function samples(at: usize, zero: f32, scale: f32): v128 {
  const values = f32x4.convert_i32x4_u(v128.load16x4_u(at));
  return f32x4.mul(f32x4.sub(values, f32x4.splat(zero)), f32x4.splat(scale));
}

/**
 * High dynamic range to RGBA, opaque: planes of 16 bits a sample, all of the picture's size. The numbers and tables are those of `tone-map.ts`.
 * @param count pixels
 */
export function toneMap(
  y: usize,
  u: usize,
  v: usize,
  count: u32,
  out: usize,
  black: f32,
  yScale: f32,
  grey: f32,
  colourScale: f32,
  vToRed: f32,
  uToGreen: f32,
  vToGreen: f32,
  uToBlue: f32,
  toLinear: usize,
  byLuminance: usize,
  byBrightest: usize,
  toLevel: usize,
): void {
  const opaque = i32x4.splat(0xff000000);
  for (const end = out + (<usize>count << 2); out < end; out += 16) {
    const brightness = samples(y, black, yScale);
    const blueness = samples(u, grey, colourScale);
    const redness = samples(v, grey, colourScale);
    y += 8;
    u += 8;
    v += 8;
    let r = lookUp(toLinear, mixed(brightness, blueness, redness, 1, 0, vToRed));
    let g = lookUp(toLinear, mixed(brightness, blueness, redness, 1, -uToGreen, -vToGreen));
    let b = lookUp(toLinear, mixed(brightness, blueness, redness, 1, uToBlue, 0));
    // ITU-R BT.2100: luminance of BT.2020's primaries.
    const shown = lookUp(byLuminance, root(mixed(r, g, b, 0.2627, 0.678, 0.0593)));
    const brightest = f32x4.mul(f32x4.pmax(r, f32x4.pmax(g, b)), shown);
    const gain = f32x4.mul(shown, lookUp(byBrightest, root(brightest)));
    r = f32x4.mul(r, gain);
    g = f32x4.mul(g, gain);
    b = f32x4.mul(b, gain);
    // ITU-R BT.2087: BT.2020's primaries to BT.709's.
    const red = lookUp(toLevel, root(mixed(r, g, b, 1.6605, -0.5876, -0.0728)));
    const green = lookUp(toLevel, root(mixed(r, g, b, -0.1246, 1.1329, -0.0083)));
    const blue = lookUp(toLevel, root(mixed(r, g, b, -0.0182, -0.1006, 1.1187)));
    v128.store(out, v128.or(v128.or(red, i32x4.shl(green, 8)), v128.or(i32x4.shl(blue, 16), opaque)));
  }
}

/**
 * Planes of brightness and colour of 8 bits to RGBA, opaque, in 1/64 of a level as libyuv does it: the factors are those of `colours.ts`.
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
      storePixels(pixels, rg, ba);
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
      storePixels(pixels, rg, ba);
      pixels += 32;
    }
    out += width << 2;
    red += step;
    green += step;
    blue += step;
  }
}

/** Eight pixels of their pairs: red with green, blue with what covers. */
@inline
function storePixels(out: usize, rg: v128, ba: v128): void {
  v128.store(out, i16x8.shuffle(rg, ba, 0, 8, 1, 9, 2, 10, 3, 11));
  v128.store(out, i16x8.shuffle(rg, ba, 4, 12, 5, 13, 6, 14, 7, 15), 16);
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
