/** A file of one gigabyte is hashed in some ten seconds; c2pa-web's own limit is the same. */
export const MAX_FILE_BYTES = 1e9;
/** Manifests carry thumbnails and the manifests of all ingredients: megabytes, not more. */
export const MAX_MANIFEST_BYTES = 64 * 1024 * 1024;
/** Bytes of the file that the browser holds at once while it is read; c2pa-rs has buffers of up to 512 MB besides. */
export const READ_BYTES = 4 * 1024 * 1024;
/** Milliseconds after which the check is given up. */
export const TIME_LIMIT = 120_000;

/**
 * The reader's settings (c2pa-rs), with everything off that could ask a server for something.
 * @param anchors root certificates in PEM, one after the other; null: no trust list
 */
export function readerSettings(anchors: string | null): string {
  return JSON.stringify({
    core: {
      allowed_network_hosts: [],
      decode_identity_assertions: false,
      backing_store_memory_threshold_in_mb: 64,
      max_decompressed_manifest_size_in_mb: MAX_MANIFEST_BYTES / 1024 / 1024,
    },
    verify: {
      verify_after_reading: true,
      verify_trust: anchors !== null,
      verify_timestamp_trust: false,
      ocsp_fetch: false,
      remote_manifest_fetch: false,
    },
    ...(anchors === null ? {} : { trust: { trust_anchors: anchors } }),
  });
}
