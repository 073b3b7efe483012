/** What the app takes up on this device. */
export interface StorageUse {
  /** Bytes of everything kept by this app: its own files, the detector, results. As the browser counts them. */
  used: number;
  /** Bytes that the browser allows it. */
  allowed: number;
  /** The browser does not clear it of its own accord. */
  persistent: boolean;
}

/** Null where the browser does not say. */
export async function storageUse(): Promise<StorageUse | null> {
  const storage = (navigator as Partial<Navigator>).storage;
  const estimate = await storage?.estimate?.().catch(() => null);
  if (estimate?.usage === undefined || estimate.quota === undefined) return null;
  const persistent = (await storage?.persisted?.().catch(() => false)) ?? false;
  return { used: estimate.usage, allowed: estimate.quota, persistent };
}

/**
 * Asks the browser not to clear what is kept. Some ask the person, so this belongs behind something that the person did;
 * a refusal changes nothing.
 */
export async function keepStorage(): Promise<void> {
  await (navigator as Partial<Navigator>).storage?.persist?.().catch(() => false);
}
