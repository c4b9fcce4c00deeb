/** SHA-256 of a file, tagged as the ledger tags digests; the file is read here and goes nowhere. */
export async function digestOf(file: Blob): Promise<string> {
  const raw = await crypto.subtle.digest('SHA-256', await file.arrayBuffer())
  return `sha256:${[...new Uint8Array(raw)].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
}
