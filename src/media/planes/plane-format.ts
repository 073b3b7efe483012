/** How a picture's samples lie in memory. */
export interface PlaneFormat {
  /**
   * Which samples lie together: none (a plane of brightness and one of each colour), both colours in turn, or all of a pixel with a
   * byte that means nothing.
   */
  layout: 'planes' | 'colours-together' | 'rgbx' | 'bgrx';
  /** A colour sample is for two pixels across, or down; of an odd number the last is for one. */
  halfAcross: boolean;
  halfDown: boolean;
  /** Bits of a sample. More than 8 take two bytes, the lower one first. */
  depth: number;
}

/** Bytes of a sample of so many bits. */
export const bytesOf = (depth: number): number => (depth > 8 ? 2 : 1);

/** Bytes from the beginning of the picture to a plane, and from one of its rows to the next. */
export interface PlanePlace {
  offset: number;
  stride: number;
}

/** One of three kinds of samples: brightness and two colours, or red, green and blue. `step`: bytes from one to the next. */
export interface Samples extends PlanePlace {
  step: number;
  width: number;
  height: number;
}

/** The three kinds of samples of a picture of that size. */
export function samplesOf(
  format: PlaneFormat,
  places: readonly PlanePlace[],
  width: number,
  height: number,
): [Samples, Samples, Samples] {
  const { layout, depth } = format;
  const bytes = bytesOf(depth);
  const size = { width, height };
  const colour = {
    width: format.halfAcross ? Math.ceil(width / 2) : width,
    height: format.halfDown ? Math.ceil(height / 2) : height,
  };
  const from = ({ offset, stride }: PlanePlace, behind = 0) => ({ offset: offset + behind, stride });
  const [first, second, third] = places as [PlanePlace, PlanePlace, PlanePlace];
  switch (layout) {
    case 'planes':
      return [
        { ...from(first), step: bytes, ...size },
        { ...from(second), step: bytes, ...colour },
        { ...from(third), step: bytes, ...colour },
      ];
    case 'colours-together':
      return [
        { ...from(first), step: bytes, ...size },
        { ...from(second), step: 2 * bytes, ...colour },
        { ...from(second, bytes), step: 2 * bytes, ...colour },
      ];
    default: {
      const [red, blue] = layout === 'rgbx' ? [0, 2] : [2, 0];
      return [
        { ...from(first, red), step: 4, ...size },
        { ...from(first, 1), step: 4, ...size },
        { ...from(first, blue), step: 4, ...size },
      ];
    }
  }
}

/** Where the planes of a picture lie that follow one another without a gap, and the bytes of it all. */
export function packedPlanes(
  format: PlaneFormat & { layout: 'planes' },
  width: number,
  height: number,
): { planes: PlanePlace[]; bytes: number } {
  const nowhere = { offset: 0, stride: 0 };
  let bytes = 0;
  const planes = samplesOf(format, [nowhere, nowhere, nowhere], width, height).map((samples) => {
    const place = { offset: bytes, stride: samples.step * samples.width };
    bytes += place.stride * samples.height;
    return place;
  });
  return { planes, bytes };
}
