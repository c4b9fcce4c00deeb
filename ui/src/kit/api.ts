// The node's public API as the console uses it: same origin, session cookie, CSRF header, problem details.
// What does not hold here: no rule of business. What the node refuses is told as it says it.

export type Session = {
  user: string
  org: string
  org_type: string
  active: boolean
  roles: string[]
  certificate: string
  hosted: boolean
  csrf: string
  idle_s: number
}

/** RFC 9457 as the gateway writes it. `field`: the path of the field that does not fit, e.g. `basis[0].amount`. */
export type Problem = {
  status: number
  code: string
  title: string
  detail: string
  message_zh: string
  message_en: string
  field: string | null
  details: Record<string, string>
  tx?: string
}

export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(`${problem.code}: ${problem.detail}`)
  }
}

let session: Session | null = null
let loginAnew: (() => Promise<void>) | null = null

export const setSession = (found: Session | null) => {
  session = found
}

/** What to do when the session has ended: ask the user to log in over the page, then go on. Forms keep what was typed. */
export const onSessionEnd = (ask: (() => Promise<void>) | null) => {
  loginAnew = ask
}

export type Call = { method?: string; body?: unknown; headers?: Record<string, string>; raw?: BodyInit }

async function once(path: string, call: Call): Promise<Response> {
  const method = call.method ?? (call.body === undefined && call.raw === undefined ? 'GET' : 'POST')
  const lang = document.documentElement.lang.startsWith('en') ? 'en' : 'zh'
  const headers: Record<string, string> = { 'Accept-Language': lang, ...call.headers }
  if (call.body !== undefined) headers['Content-Type'] = 'application/json'
  if (method !== 'GET' && session) headers['X-CSRF-Token'] = session.csrf
  const body = call.raw ?? (call.body === undefined ? undefined : JSON.stringify(call.body))
  return fetch(path, { method, headers, body, credentials: 'same-origin' })
}

/** The answer, whatever its status; a session that ended is begun anew first. */
export async function request(path: string, call: Call = {}): Promise<Response> {
  const answer = await once(path, call)
  if (answer.status !== 401 || !session || !loginAnew) return answer
  await loginAnew()
  return once(path, call)
}

/** The answer as data. Throws Refused. */
export async function api<T>(path: string, call: Call = {}): Promise<T> {
  const answer = await request(path, call)
  if (!answer.ok) throw await refusal(answer)
  return answer.status === 204 ? (undefined as T) : ((await answer.json()) as T)
}

export async function refusal(answer: Response): Promise<Refused> {
  if (answer.headers.get('content-type')?.startsWith('application/problem+json')) return new Refused((await answer.json()) as Problem)
  const detail = `HTTP ${answer.status}`
  const words = { title: detail, detail, message_zh: `节点没有回答（${detail}）`, message_en: `The node did not answer (${detail})` }
  return new Refused({ status: answer.status, code: 'UNREACHABLE', field: null, details: {}, ...words })
}

/** `all_link.package` and its arguments as the address of a question. */
export function viewPath(view: string, args: Record<string, unknown> = {}): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(args)) {
    if (value === undefined || value === null || value === '') continue
    query.set(name, typeof value === 'string' ? value : JSON.stringify(value))
  }
  const text = query.toString()
  return `/api/v1/${view.replace('.', '/')}${text ? `?${text}` : ''}`
}
