import type { Tensor } from '@tensorflow/tfjs-core';
import { bodyOf, type OnBytes } from '../integrity/fetch-listed.ts';
import { sha256Hex } from '../integrity/sha256.ts';
import { DetectorError } from './errors.ts';
import { parseManifest, type ModelManifest } from './manifest.ts';
import { decodeModel, type ModelJson } from './weights.ts';

export interface LoadedModel {
  manifest: ModelManifest;
  /** SHA-256 of the manifest's bytes; it names the hashes of all other files. */
  sha256: string;
  /** Folded parameters; the caller owns them. */
  params: Map<string, Tensor>;
}

/** A model's files, fetched and checked, before any tensor is made of them. */
export interface ModelFiles {
  manifest: ModelManifest;
  sha256: string;
  files: ReadonlyMap<string, Uint8Array>;
}

/**
 * Fetches a model's folder and checks every file against the manifest's hashes.
 * @param url the folder, absolute, with a trailing slash
 * @throws DetectorError `model_missing` (no manifest), `model_integrity_failed` (a file does not come, or is another one than
 *   the manifest says), `model_invalid` (the manifest does not follow its schema)
 */
export async function fetchModel(
  url: string,
  fetchFn: typeof fetch = fetch,
  onBytes: OnBytes = () => undefined,
): Promise<ModelFiles> {
  const manifestBytes = await fetchBytes(
    new URL('manifest.json', url),
    fetchFn,
    () => undefined,
    'model_missing',
  );
  const manifest = parseManifest(parseJson('manifest.json', manifestBytes, 'model_missing'));
  const files = new Map<string, Uint8Array>();
  await Promise.all(
    manifest.files.map(async ({ path, sha256, bytes }) => {
      onBytes(0, bytes);
      const content = await fetchBytes(new URL(path, url), fetchFn, onBytes, 'model_integrity_failed');
      const actual = await sha256Hex(content);
      if (actual !== sha256 || content.length !== bytes) {
        throw new DetectorError(
          'model_integrity_failed',
          `${path}: ${content.length} bytes with SHA-256 ${actual}, the manifest says ${bytes} bytes with ${sha256}`,
        );
      }
      files.set(path, content);
    }),
  );
  return { manifest, sha256: await sha256Hex(manifestBytes), files };
}

/** Makes the tensors. @throws DetectorError `model_invalid` */
export function openModel({ manifest, sha256, files }: ModelFiles): LoadedModel {
  const file = (path: string): Uint8Array => {
    const bytes = files.get(path);
    if (bytes === undefined) {
      throw new DetectorError('model_invalid', `manifest.files: ${path} is not among them, but it is needed`);
    }
    return bytes;
  };
  const modelJson = parseJson('model.json', file('model.json'), 'model_invalid') as ModelJson;
  return { manifest, sha256, params: decodeModel(modelJson, manifest.config, file) };
}

/** `fetchModel`, then `openModel`. */
export async function loadModel(url: string, fetchFn: typeof fetch = fetch): Promise<LoadedModel> {
  return openModel(await fetchModel(url, fetchFn));
}

async function fetchBytes(
  url: URL,
  fetchFn: typeof fetch,
  onBytes: OnBytes,
  codeWhenNotThere: 'model_missing' | 'model_integrity_failed',
): Promise<Uint8Array> {
  let response: Response;
  try {
    response = await fetchFn(url.href);
    if (response.ok) return await bodyOf(response, onBytes);
  } catch (error) {
    throw new DetectorError('model_integrity_failed', `${url.href} could not be fetched`, { cause: error });
  }
  const code = response.status === 404 ? codeWhenNotThere : 'model_integrity_failed';
  throw new DetectorError(code, `${url.href}: HTTP status ${response.status}`);
}

/** A host with a fallback page answers a missing file with HTML, so what is no JSON may mean that there is no model. */
function parseJson(
  name: string,
  bytes: Uint8Array,
  codeWhenNotJson: 'model_missing' | 'model_invalid',
): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new DetectorError(codeWhenNotJson, `${name} is not JSON`, { cause: error });
  }
}
