// Keys of this browser: imported once from a P12 file, kept in IndexedDB so that no script can read them out, used to sign.
// What does not hold here: SM2. WebCrypto has none; such users sign with the hosted key or their own client.
import { toHex } from './canonical'

/** `label`: what the certificate calls its holder. */
export type HeldKey = { certificate: string; label: string; alg: 'ed25519' | 'p256'; key: CryptoKey }

const STORE = 'keys'

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open('heqi', 1)
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: 'certificate' })
    asked.onsuccess = () => resolve(asked.result)
    asked.onerror = () => reject(new Error(asked.error?.message))
  })
}

async function within<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await open()
  return new Promise((resolve, reject) => {
    const asked = work(database.transaction(STORE, mode).objectStore(STORE))
    asked.onsuccess = () => resolve(asked.result)
    asked.onerror = () => reject(new Error(asked.error?.message))
  })
}

export const heldKeys = () => within<HeldKey[]>('readonly', (store) => store.getAll() as IDBRequest<HeldKey[]>)
export const keepKey = (held: HeldKey) => within('readwrite', (store) => store.put(held))
export const forgetKey = (certificate: string) => within('readwrite', (store) => store.delete(certificate))

const ALGORITHMS = { ed25519: { name: 'Ed25519' }, p256: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } } as const

/** The private key of a PKCS #8 document, never to leave this browser again. */
export const importKey = (pkcs8: ArrayBuffer, alg: HeldKey['alg']) => crypto.subtle.importKey('pkcs8', pkcs8, ALGORITHMS[alg], false, ['sign'])

/** `ed25519:<hex>` over the message in its domain, as every signature of the house. */
export async function signWith(certificate: string, domain: 'tx' | 'login', payload: Uint8Array): Promise<string> {
  const held = (await heldKeys()).find((one) => one.certificate === certificate)
  if (!held) throw new Error('此浏览器中没有该证书的私钥 · no key of this certificate in this browser')
  const prefix = new TextEncoder().encode(`heqi/${domain}\0`)
  const message = new Uint8Array([...prefix, ...payload])
  return `${held.alg}:${toHex(new Uint8Array(await crypto.subtle.sign(ALGORITHMS[held.alg], held.key, message)))}`
}
