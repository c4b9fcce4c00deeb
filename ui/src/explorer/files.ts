// Files a person drops: told apart by what is in them, never by their names; read here and sent nowhere.

const HEAD = 1 << 20
let kept: File | null = null

/** Does this look like a receipt file? Whether it proves anything is for the verifier to say. */
export async function isReceiptFile(file: File): Promise<boolean> {
  return file.size <= HEAD && (await file.text()).includes('"kind":"heqi-receipt"')
}

/** Hand a file over to the page that verifies it. */
export const keepFile = (file: File) => {
  kept = file
}

export function takeFile(): File | null {
  const file = kept
  kept = null
  return file
}
