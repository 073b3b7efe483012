/** Where the big run-time files live, under the app's own origin. They are put into `public/runtime` by `scripts/runtime-assets.ts`. */
export interface AssetUrls {
  /** tfjs-backend-wasm's folder, with a trailing slash. */
  tfjsWasm: string;
  /** Our own kernels' folder, with a trailing slash. */
  kernels: string;
  /** tasks-vision module wasm. */
  visionLoader: string;
  visionWasm: string;
  /** BlazeFace, full range, with metadata. */
  faceModel: string;
  /** @ffmpeg/core ESM. */
  ffmpegCore: string;
  ffmpegWasm: string;
  /** The detector's folder, with a trailing slash: `manifest.json`, `model.json`, weights. */
  model: string;
}

/** @param base absolute URL of the app's root, with a trailing slash */
export function assetUrls(base: string): AssetUrls {
  const at = (path: string): string => new URL(path, base).href;
  return {
    tfjsWasm: at('runtime/tfjs/'),
    kernels: at('runtime/kernels/'),
    visionLoader: at('runtime/vision/vision_wasm_module_internal.js'),
    visionWasm: at('runtime/vision/vision_wasm_module_internal.wasm'),
    faceModel: at('runtime/faces/blaze_face_full_range.tflite'),
    ffmpegCore: at('runtime/ffmpeg/ffmpeg-core.js'),
    ffmpegWasm: at('runtime/ffmpeg/ffmpeg-core.wasm'),
    model: at('model/'),
  };
}
