/** A module in AssemblyScript, compiled while building (`scripts/kernels.ts`). */
declare module '*.as' {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}
