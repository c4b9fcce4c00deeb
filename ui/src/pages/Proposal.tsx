// One act of several persons: what it does, who has signed, who is next; and the signature, the refusal or the withdrawal.
import { Alert, App, Button, Card, Flex, Form, Input, Modal, Space, Steps, Typography } from 'antd'
import { useState } from 'react'
import { Link, useNavigate, useParams } from 'react-router'
import { submit } from '../forms/submit'
import { Told } from '../forms/ActForm'
import { refusal, type Problem } from '../kit/api'
import { useLive } from '../kit/live'
import { useKnown } from '../kit/pages'
import { usePair, useText } from '../kit/prefs'
import { RefusedAlert } from '../kit/RefusedAlert'
import { useSession } from '../kit/session'
import type { Proposal as ProposalData } from '../kit/todos'
import { useGet } from '../kit/useGet'
import { useDesk, useParty, useStage, Value } from '../kit/Value'

const REASON_MIN = 5

export function Proposal() {
  const { id = '' } = useParams()
  const t = useText()
  const { data: proposal, refused, again } = useGet<ProposalData>(`/api/v1/approvals/proposal?proposal=${encodeURIComponent(id)}`)
  useLive(again)
  if (refused) return <RefusedAlert problem={refused.problem} />
  if (!proposal) return <Card loading title={t('待签事项', 'Proposal')} />
  return <Shown proposal={proposal} again={again} />
}

function Shown({ proposal, again }: { proposal: ProposalData; again: () => void }) {
  const t = useText()
  const pair = usePair()
  const party = useParty()
  const desk = useDesk()
  const stage = useStage()
  const { actions } = useKnown()
  const { session } = useSession()
  const { message } = App.useApp()
  const navigate = useNavigate()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const [refusing, setRefusing] = useState(false)
  const listed = actions.get(proposal.action)
  const open = proposal.stage === 'OPEN'
  const next = proposal.next
  const signedByMe = proposal.signatures.some((one) => one.user === session.user)
  const mine = open && next !== null && (next.org === null || next.org === session.org) && (next.role === 'any' || session.roles.includes(next.role)) && !signedByMe
  const act = async (name: string, args: Record<string, unknown>, told: string) => {
    setBusy(true)
    setProblem(null)
    const answer = await submit(session, `approvals.${name}`, { proposal: proposal.proposal, ...args }, 1)
    setBusy(false)
    setRefusing(false)
    if (answer instanceof Response) {
      setProblem((await refusal(answer)).problem)
      return
    }
    void message.success(told)
    again()
  }
  const steps = [
    ...proposal.signatures.map((one) => ({ title: `${party(one.org)} · ${desk(one.user)}`, content: one.date })),
    ...(next ? [{ title: `${next.org ? party(next.org) : t('任一成员', 'any member')} · ${stage(next.role).text}`, content: t('待签', 'to sign') }] : []),
  ]
  return (
    <Flex vertical gap={12}>
      <Typography.Title level={1} style={{ fontSize: 20, margin: 0 }}>
        {t('待签事项', 'Proposal')}：{pair(listed?.title) || proposal.action}
      </Typography.Title>
      {problem && <RefusedAlert problem={problem} />}
      {!open && <Alert type={proposal.stage === 'DONE' ? 'success' : 'warning'} showIcon title={stage(proposal.stage).text} description={proposal.reason} />}
      <Card size="small" title={t('签署进度', 'Signatures')}>
        <Steps size="small" responsive current={proposal.signatures.length - (open ? 0 : 1)} status={open ? 'process' : proposal.stage === 'DONE' ? 'finish' : 'error'} items={steps} />
      </Card>
      <Card size="small" title={t('签署内容', 'What is signed')}>
        <Typography.Paragraph type="secondary">{pair(listed?.help)}</Typography.Paragraph>
        <Told data={proposal.args} words />
        <Typography.Paragraph style={{ marginTop: 12 }}>
          {t('内容摘要', 'Content digest')} <Value value={proposal.proposal} format="hash" />
        </Typography.Paragraph>
        <Space wrap>
          {mine && (
            <>
              <Button type="primary" loading={busy} onClick={() => void act('sign', {}, t('已签署', 'Signed'))}>
                {t('签署', 'Sign')}
              </Button>
              <Button danger onClick={() => setRefusing(true)}>
                {t('拒签', 'Refuse to sign')}
              </Button>
            </>
          )}
          {open && proposal.signatures[0]?.user === session.user && (
            <Button loading={busy} onClick={() => void act('withdraw', {}, t('已撤回', 'Withdrawn'))}>
              {t('撤回', 'Withdraw')}
            </Button>
          )}
          {open && !mine && !signedByMe && <Typography.Text type="secondary">{t('下一步由其他岗位签署', 'The next signature is another desk’s')}</Typography.Text>}
          {proposal.stage === 'DONE' && <Link to={`/tx/${encodeURIComponent(proposal.signatures.at(-1)!.tx)}`}>{t('查看回执', 'Receipt')}</Link>}
          <Button onClick={() => void navigate('/home')}>{t('返回工作台', 'Back to the workbench')}</Button>
        </Space>
      </Card>
      <Refusing open={refusing} busy={busy} close={() => setRefusing(false)} refuse={(reason) => void act('reject', { reason }, t('已拒签', 'Refused'))} />
    </Flex>
  )
}

function Refusing({ open, busy, close, refuse }: { open: boolean; busy: boolean; close: () => void; refuse: (reason: string) => void }) {
  const t = useText()
  const [form] = Form.useForm<{ reason: string }>()
  return (
    <Modal open={open} title={t('拒签', 'Refuse to sign')} onCancel={close} onOk={() => form.submit()} confirmLoading={busy} okText={t('确认拒签', 'Refuse')} destroyOnHidden>
      <Form form={form} layout="vertical" onFinish={({ reason }) => refuse(reason)}>
        <Form.Item name="reason" label={t('理由', 'Reason')} rules={[{ required: true, min: REASON_MIN, message: t('请说明理由，不少于五个字', 'Say why, in five characters or more') }]}>
          <Input.TextArea autoSize={{ minRows: 3 }} />
        </Form.Item>
      </Form>
    </Modal>
  )
}
