/**
 * A canvas for MediaPipe that needs no GPU. With its CPU delegate MediaPipe sends every picture through WebGL all the same: it puts
 * the picture into a texture and reads the texture back. Where there is no WebGL (blocked, no driver, or none in workers) it finds
 * no face at all, and elsewhere each picture waits for the GPU twice. The context of this canvas keeps the picture that a texture
 * is given and copies it when it is read: the same bytes, on every machine.
 *
 * It answers what MediaPipe 0.10.35 asks; anything else throws. That MediaPipe finds the same by it as through WebGL is tested
 * (`tests/browser/faces.test.ts`).
 */

interface Texture {
  image?: ImageData;
}

/** WebGL's numbers (Khronos' `webgl.idl`). */
const TEXTURE_2D = 0x0de1;
const RGBA = 0x1908;
const UNSIGNED_BYTE = 0x1401;
const MAX_VERTEX_ATTRIBS = 0x8869;
const RENDERER = 0x1f01;
const VERSION = 0x1f02;

/** What a context says of itself; MediaPipe reads its version out of the first. */
const PARAMETERS: Record<number, string | number> = {
  [VERSION]: 'WebGL 2.0 (Clearframe, copies only)',
  [RENDERER]: 'none',
  [MAX_VERTEX_ATTRIBS]: 16,
};

/** The part of a `WebGL2RenderingContext` through which a picture goes from `texImage2D` to `readPixels`. */
class RelayContext {
  readonly TEXTURE_2D = TEXTURE_2D;
  readonly RGBA = RGBA;
  readonly UNSIGNED_BYTE = UNSIGNED_BYTE;
  private bound: Texture | null = null;
  private attached: Texture | null = null;

  /** @param canvas that it belongs to, which Emscripten looks up again when the context is given back */
  constructor(readonly canvas: OffscreenCanvas) {}

  createTexture(): Texture {
    return {};
  }

  bindTexture(_target: number, texture: Texture | null): void {
    this.bound = texture;
  }

  /** @throws TypeError for another source than an `ImageData`, or other pixels than RGBA in bytes */
  texImage2D(
    target: number,
    level: number,
    inner: number,
    format: number,
    type: number,
    image: unknown,
  ): void {
    if (
      target !== TEXTURE_2D ||
      level !== 0 ||
      inner !== RGBA ||
      format !== RGBA ||
      type !== UNSIGNED_BYTE ||
      !(image instanceof ImageData) ||
      this.bound === null
    ) {
      throw new TypeError('relay canvas: only an ImageData can be put into a texture');
    }
    this.bound.image = image;
  }

  createFramebuffer(): object {
    return {};
  }

  framebufferTexture2D(_target: number, _attachment: number, _kind: number, texture: Texture | null): void {
    this.attached = texture;
  }

  /** Copies the attached texture's picture to `pixels[offset ...]`. @throws TypeError when it is not the whole picture that is asked for */
  readPixels(
    x: number,
    y: number,
    width: number,
    height: number,
    format: number,
    type: number,
    pixels: Uint8Array,
    offset = 0,
  ): void {
    const image = this.attached?.image;
    if (
      image === undefined ||
      x !== 0 ||
      y !== 0 ||
      width !== image.width ||
      height !== image.height ||
      format !== RGBA ||
      type !== UNSIGNED_BYTE
    ) {
      throw new TypeError('relay canvas: only the whole picture of a texture can be read');
    }
    pixels.set(image.data, offset);
  }

  /** Nothing is ever late: what was put in is there. */
  fenceSync(): object {
    return {};
  }

  getParameter(name: number): string | number | null {
    return PARAMETERS[name] ?? null;
  }

  getError(): number {
    return 0;
  }

  getExtension(): null {
    return null;
  }

  getSupportedExtensions(): string[] {
    return [];
  }

  getContextAttributes(): WebGLContextAttributes {
    return { alpha: true, antialias: false, depth: false, stencil: false };
  }

  activeTexture(): void {}
  bindFramebuffer(): void {}
  deleteFramebuffer(): void {}
  deleteSync(): void {}
  deleteTexture(texture: Texture | null): void {
    if (texture !== null) delete texture.image;
  }
  texParameteri(): void {}
}

/** A canvas whose context only relays pictures. */
export function relayCanvas(): OffscreenCanvas {
  const canvas = new OffscreenCanvas(1, 1);
  const context = new RelayContext(canvas);
  return Object.assign(canvas, { getContext: () => context as unknown as WebGL2RenderingContext });
}
