/** The address of an act's form, filled in as far as it is known. */
export function actPath(action: string, fill: Record<string, unknown>): string {
  const known = Object.fromEntries(Object.entries(fill).filter(([, value]) => value !== undefined && value !== null))
  return `/do/${action}${Object.keys(known).length ? `?fill=${encodeURIComponent(JSON.stringify(known))}` : ''}`
}
