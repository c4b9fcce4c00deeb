// One act from start to end: fill in, preview what the ledger would do, sign and submit, and the receipt.
import { CheckCircleOutlined, CodeOutlined } from '@ant-design/icons'
import { Alert, Button, Card, Collapse, Descriptions, Flex, Form, Result, Skeleton, Space, Steps, Tag, Typography } from 'antd'
import { useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { api, refusal, Refused, type Problem } from '../kit/api'
import { usePair, useText } from '../kit/prefs'
import { RefusedAlert } from '../kit/RefusedAlert'
import { useSession } from '../kit/session'
import { useGet } from '../kit/useGet'
import { useParty, Value } from '../kit/Value'
import { decimal, isMoney, yuanInWords, type Data } from '../kit/values'
import { fieldPath, fitted, wire, type Declared } from './schema'
import { SchemaForm, useLabel } from './SchemaForm'
import { submit, type Done } from './submit'

export type SeatTried = { role: string; role_zh: string; org: string | null; mine: boolean }
export type Trial = { action: string; verdict: 'FITS' | 'OPEN' | 'REFUSED'; seats: SeatTried[]; problem: Problem | null; result: Data; events: { name: string; data: Data }[] }

export const tryActs = (trials: { action: string; args: Record<string, unknown> }[]) => api<Trial[]>('/api/v1/trials', { body: { trials } })

export function ActForm({ action, initial }: { action: string; initial: Record<string, unknown> }) {
  const { data: declared, refused } = useGet<Declared>(`/api/v1/catalogue/${action}`)
  if (refused) return <RefusedAlert problem={refused.problem} />
  return declared ? <Flow declared={declared} initial={fitted(initial, declared)} /> : <Skeleton active />
}

function Flow({ declared, initial }: { declared: Declared; initial: Record<string, unknown> }) {
  const t = useText()
  const pair = usePair()
  const [form] = Form.useForm<Record<string, unknown>>()
  const { session } = useSession()
  const [trial, setTrial] = useState<{ args: Record<string, unknown>; found: Trial } | null>(null)
  const [problem, setProblem] = useState<Problem | null>(null)
  const [done, setDone] = useState<Done | null>(null)
  const [busy, setBusy] = useState(false)
  const show = (told: Problem) => {
    setTrial(null)
    const path = told.field ? fieldPath(told.field, declared.request, declared.components) : null
    setProblem(told)
    if (path) {
      form.setFields([{ name: path as never, errors: [pair([told.message_zh, told.message_en])] }])
      form.scrollToField(path as never, { focus: true })
    }
  }
  const attempt = async (work: () => Promise<void>) => {
    setBusy(true)
    setProblem(null)
    try {
      await work()
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      show(error.problem)
    } finally {
      setBusy(false)
    }
  }
  const preview = () =>
    attempt(async () => {
      const args = wire(form.getFieldsValue(true), declared.request, declared.components) as Record<string, unknown>
      const [found] = await tryActs([{ action: declared.name, args }])
      if (found.problem) show(found.problem)
      else setTrial({ args, found })
    })
  const sign = () =>
    attempt(async () => {
      const answer = await submit(session, declared.name, trial!.args, trial!.found.seats.length)
      if (answer instanceof Response) throw await refusal(answer)
      setDone(answer)
    })
  if (done) return <Outcome declared={declared} done={done} anew={() => (setDone(null), setTrial(null), form.resetFields())} />
  return (
    <Flex vertical gap={16}>
      <Steps size="small" responsive current={trial ? 1 : 0} items={[t('填写', 'Fill in'), t('预览与签名', 'Preview and sign'), t('完成', 'Done')].map((title) => ({ title }))} style={{ maxWidth: 640 }} />
      <Alert type="info" title={pair(declared.help)} />
      {problem && <RefusedAlert problem={problem} />}
      <div hidden={trial !== null}>
        <SchemaForm declared={declared} form={form} initial={initial} onFinish={() => void preview()}>
          <Space>
            <Button type="primary" htmlType="submit" loading={busy}>
              {t('预览', 'Preview')}
            </Button>
            <Button onClick={() => form.resetFields()}>{t('重置', 'Reset')}</Button>
          </Space>
        </SchemaForm>
      </div>
      {trial && <Preview trial={trial.found} args={trial.args} declared={declared} busy={busy} back={() => setTrial(null)} sign={() => void sign()} />}
      <SameInCli declared={declared} args={trial?.args ?? initial} />
    </Flex>
  )
}

function Preview({ trial, args, declared, busy, back, sign }: { trial: Trial; args: Record<string, unknown>; declared: Declared; busy: boolean; back: () => void; sign: () => void }) {
  const t = useText()
  const pair = usePair()
  const party = useParty()
  const others = trial.seats.length > 1
  return (
    <Card size="small" title={t(`请核对：${pair(declared.title)}`, `Check before signing: ${pair(declared.title)}`)} style={{ maxWidth: 860 }}>
      <Told data={args} words />
      <Typography.Title level={2} style={{ fontSize: 14, marginTop: 16 }}>
        {t('须签署的岗位', 'Signatures needed')}
      </Typography.Title>
      <Flex gap={8} wrap>
        {trial.seats.map((seat, place) => (
          <Tag key={place} color={seat.mine ? 'blue' : 'default'} icon={seat.mine ? <CheckCircleOutlined /> : undefined}>
            {seat.org ? party(seat.org) : t('任一成员', 'any member')} · {t(seat.role_zh, seat.role)}
          </Tag>
        ))}
      </Flex>
      {trial.result !== null && typeof trial.result === 'object' && (
        <Collapse ghost size="small" style={{ marginTop: 8 }} items={[{ key: 'result', label: t('账本试算结果', 'What the ledger would answer'), children: <Told data={trial.result} /> }]} />
      )}
      <Space style={{ marginTop: 16 }} wrap>
        <Button type="primary" onClick={sign} loading={busy}>
          {others ? t('签名并提交他人会签', 'Sign and pass on for signature') : t('签名并提交', 'Sign and submit')}
        </Button>
        <Button onClick={back}>{t('返回修改', 'Back')}</Button>
      </Space>
    </Card>
  )
}

/** Plain data as a person reads it; amounts of a request also in capitals. */
export function Told({ data, words = false }: { data: Data; words?: boolean }) {
  const label = useLabel()
  const items = leaves(data).map(([path, value]) => {
    const name = path.filter((step) => typeof step === 'string').at(-1) ?? ''
    return {
      key: path.join('.'),
      label: label(String(name)),
      children: (
        <span>
          <Value value={value} format={guess(String(name), value)} />
          {words && isMoney(value) && value.ccy === 'CNY' && <Typography.Text type="secondary"> {yuanInWords(value.minor)}</Typography.Text>}
        </span>
      ),
    }
  })
  return <Descriptions size="small" bordered column={{ xs: 1, sm: 1, md: 1, lg: 1, xl: 1 }} items={items} styles={{ label: { width: 180 } }} />
}

const PARTY = /^[0-9A-HJ-NP-RTUWXY]{18}$/

/** The format of a value that no type tells. */
export function guess(name: string, value: Data) {
  if (typeof value === 'boolean') return 'bool' as const
  if (typeof value === 'string' && PARTY.test(value)) return 'party' as const
  if (typeof value === 'string' && /^[A-Z][A-Z_]+$/.test(value)) return 'stage' as const
  if (typeof value === 'string' && /^(sha256|sm3):/.test(value)) return 'hash' as const
  if (typeof value === 'string' && /(^|_)(rate|pct|benchmark)$/.test(name)) return 'rate' as const
  return name.endsWith('_fen') ? ('fen' as const) : undefined
}

function leaves(value: Data, path: (string | number)[] = []): [(string | number)[], Data][] {
  if (isMoney(value) || typeof value !== 'object' || value === null) return path.length ? [[path, value]] : []
  if (Array.isArray(value) && value.every((one) => typeof one !== 'object')) return value.length ? [[path, value]] : []
  const entries: [string | number, Data][] = Array.isArray(value) ? value.map((one, place) => [place, one as Data]) : Object.entries(value)
  return entries.filter(([, one]) => one !== null).flatMap(([step, one]) => leaves(one, [...path, step]))
}

function Outcome({ declared, done, anew }: { declared: Declared; done: Done; anew: () => void }) {
  const t = useText()
  const pair = usePair()
  const navigate = useNavigate()
  const waits = done.proposal !== null
  const title = done.receipt === null ? t('已提交，等待回执', 'Submitted; the receipt is on its way') : waits ? t('已签名，等待他人会签', 'Signed; waiting for the others') : t('已上链', 'Done, on the ledger')
  return (
    <Result
      status={done.receipt === null || waits ? 'info' : 'success'}
      title={`${pair(declared.title)}：${title}`}
      subTitle={
        <Flex vertical gap={4} align="center">
          <span>
            {t('交易号', 'Transaction')} <Value value={done.tx} format="hash" />
          </span>
          {done.receipt && (
            <span>
              {t('区块', 'Block')} {done.receipt.height}
            </span>
          )}
        </Flex>
      }
      extra={[
        waits ? (
          <Button key="see" type="primary" onClick={() => void navigate(`/proposal/${done.proposal!.proposal}`)}>
            {t('查看会签进度', 'See who has signed')}
          </Button>
        ) : (
          <Link key="see" to={`/tx/${encodeURIComponent(done.tx)}`}>
            <Button type="primary">{t('查看回执', 'Receipt')}</Button>
          </Link>
        ),
        <Button key="back" onClick={() => void navigate(-1)}>
          {t('返回', 'Back')}
        </Button>,
        <Button key="anew" onClick={anew}>
          {t('再办一笔', 'Another one')}
        </Button>,
      ]}
    />
  )
}

/** The same act as a command, for those who script it. */
function SameInCli({ declared, args }: { declared: Declared; args: Record<string, unknown> }) {
  const t = useText()
  const { session } = useSession()
  const dashed = (text: string) => text.replaceAll('_', '-')
  const quoted = (value: unknown) => {
    const text = isMoney(value) ? `${decimal(value.minor, value.ccy).replaceAll(',', '')} ${value.ccy}` : typeof value === 'string' ? value : JSON.stringify(value)
    return /^[\w.:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
  }
  const options = Object.entries(args).filter(([, value]) => value !== undefined && value !== null).map(([name, value]) => ` --${dashed(name)} ${quoted(value)}`)
  const [contract, name] = declared.name.split('.')
  const command = `heqi ${dashed(contract)} ${dashed(name)}${options.join('')} --as ${session.user}`
  return (
    <Collapse
      ghost
      size="small"
      items={[{ key: 'cli', label: <><CodeOutlined /> {t('同样的命令行', 'The same in the CLI')}</>, children: <Typography.Paragraph className="mono" copyable={{ tooltips: false }}>{command}</Typography.Paragraph> }]}
    />
  )
}

