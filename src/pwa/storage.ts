/** What the app takes up on this device. */
export interface StorageUse {
  /** Bytes of everything kept by this app: its own files, the detector, results. As the browser counts them. */
  used: number;
  /** Bytes that the browser allows it. */
  allowed: number;
}

/** Null where the browser does not say. */
export async function storageUse(): Promise<StorageUse | null> {
  const estimate = await navigator.storage?.estimate?.().catch(() => null);
  if (estimate?.usage === undefined || estimate.quota === undefined) return null;
  return { used: estimate.usage, allowed: estimate.quota };
}
