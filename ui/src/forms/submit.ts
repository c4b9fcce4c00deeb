// An act handed in: signed by the node's hosted key. The same key for the same try: however often it is sent, it is done once.
import { request, type Session } from '../kit/api'

export type Receipt = { tx: string; height: number; code: string; time: string; action: string; contract: string }
export type Done = { tx: string; receipt: Receipt | null; proposal: { proposal: string } | null }

/** What became of it, or the response that refuses it. `seats`: how many signatures it needs. */
export async function submit(session: Session, action: string, args: Record<string, unknown>, seats: number): Promise<Done | Response> {
  if (!session.hosted) {
    const { submitSigned } = await import('./signed')
    return submitSigned(session, action, args, seats)
  }
  const headers = { 'Idempotency-Key': crypto.randomUUID() }
  const answer = await request(`/api/v1/${action.replace('.', '/')}`, { body: args, headers })
  return answer.ok ? taken(answer) : answer
}

export async function taken(answer: Response): Promise<Done> {
  const told = (await answer.json()) as Done & Receipt
  if (answer.status === 202) return { tx: told.tx, receipt: told.receipt, proposal: told.proposal }
  return { tx: told.tx, receipt: told, proposal: null }
}
