// A transaction's receipt: who signed what, what became of it, and the file that proves it off line.
import { SafetyCertificateOutlined } from '@ant-design/icons'
import { Button, Card, Descriptions, Flex, Result, Skeleton, Tag, Timeline, Typography } from 'antd'
import { useParams } from 'react-router'
import { Told } from '../forms/ActForm'
import { useKnown } from '../kit/pages'
import { usePair, useText } from '../kit/prefs'
import { useGet } from '../kit/useGet'
import { useDesk, useParty, Value } from '../kit/Value'
import type { Data } from '../kit/values'

type Signer = { user: string; org: string; roles?: string[] }
type ReceiptData = { tx: string; height: number; index: number; time: string; contract: string; action: string; code: string; error: { message_zh: string; message_en: string } | null; signers: Signer[]; events: { name: string; data: Data }[]; result: Data }

export function Receipt() {
  const { tx = '' } = useParams()
  const t = useText()
  const pair = usePair()
  const party = useParty()
  const desk = useDesk()
  const { actions } = useKnown()
  const path = `/api/v1/receipts/${encodeURIComponent(tx)}`
  const { data: receipt, refused } = useGet<ReceiptData>(path)
  if (refused) return <Result status="404" title={t('没有此回执', 'No such receipt')} subTitle={t('不存在，或与贵机构无关。', 'It is not there, or does not concern your organisation.')} />
  if (!receipt) return <Skeleton active />
  const done = receipt.code === 'OK'
  return (
    <Flex vertical gap={12}>
      <Flex justify="space-between" align="center" wrap gap={8}>
        <Typography.Title level={1} style={{ fontSize: 20, margin: 0 }}>
          {t('回执', 'Receipt')}：{pair(actions.get(`${receipt.contract}.${receipt.action}`)?.title)} <Tag color={done ? 'green' : 'red'}>{done ? t('已执行', 'Done') : receipt.code}</Tag>
        </Typography.Title>
        <Button icon={<SafetyCertificateOutlined />} href={`${path}/proof`}>
          {t('下载回执证明', 'Download the proof')}
        </Button>
      </Flex>
      <Card size="small">
        <Descriptions
          size="small"
          column={{ xs: 1, sm: 1, md: 2 }}
          items={[
            { key: 'tx', label: t('交易号', 'Transaction'), children: <Value value={receipt.tx} format="hash" /> },
            { key: 'height', label: t('区块', 'Block'), children: `${receipt.height} / ${receipt.index}` },
            { key: 'time', label: t('时间', 'Time'), children: <Value value={receipt.time} format="time" /> },
            { key: 'signers', label: t('签署人', 'Signed by'), children: receipt.signers.map((one) => <Tag key={one.user}>{party(one.org)} · {desk(one.user)}</Tag>) },
          ]}
        />
        {receipt.error && <Typography.Text type="danger">{pair([receipt.error.message_zh, receipt.error.message_en])}</Typography.Text>}
      </Card>
      {receipt.result !== null && (
        <Card size="small" title={t('结果', 'Result')}>
          <Told data={receipt.result} />
        </Card>
      )}
      {receipt.events.length > 0 && (
        <Card size="small" title={t('事件', 'Events')}>
          <Timeline items={receipt.events.map((event, key) => ({ key, content: <><b>{event.name}</b><Told data={event.data} /></> }))} />
        </Card>
      )}
    </Flex>
  )
}
