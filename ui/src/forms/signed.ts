// Acts signed in this browser, with the key that never leaves it. Several persons' acts become proposals, each signed here too.
import { api, request, type Session } from '../kit/api'
import { canonical, toHex } from '../kit/canonical'
import { signWith } from '../kit/keys'
import { taken, type Done } from './submit'

const LIFETIME_MS = 10 * 60_000

export async function submitSigned(session: Session, action: string, args: Record<string, unknown>, seats: number): Promise<Done | Response> {
  const proposes = seats > 1
  const named = proposes ? 'approvals.propose' : action
  const given = proposes ? { action, args, note: '' } : args
  const { status, now } = await api<{ status: { chain: string }; now: string }>('/api/v1/status')
  const expires = new Date(new Date(now).getTime() + LIFETIME_MS).toISOString().replace(/\.\d+Z$/, 'Z')
  const [contract, name] = named.split('.')
  const body = canonical({
    contract, action: name, args: given, chain: status.chain, nonce: toHex(crypto.getRandomValues(new Uint8Array(16))), not_after: expires, signers: [session.certificate], v: 1,
  })
  const signature = await signWith(session.certificate, 'tx', new TextEncoder().encode(body))
  const answer = await request('/api/v1/transactions', { raw: `{"body":${body},"signatures":["${signature}"]}`, headers: { 'Content-Type': 'application/json' } })
  if (!answer.ok) return answer
  const done = await taken(answer)
  if (!proposes || !done.receipt) return done
  return { ...done, proposal: (done.receipt as unknown as { result: { proposal: string } }).result }
}
