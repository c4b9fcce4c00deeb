// A transaction in words: who asked what, who signed, what became of each record, and its proof verified in this browser.
import { FilePdfOutlined, SafetyCertificateOutlined } from '@ant-design/icons'
import { Alert, Button, Card, Descriptions, Flex, Result, Skeleton, Tag, Timeline, Typography } from 'antd'
import { Link, useParams } from 'react-router'
import { Told as Written } from '../forms/ActForm'
import { usePair, usePrefs, useText } from '../kit/prefs'
import { useGet } from '../kit/useGet'
import { useDesk, useParty, Value } from '../kit/Value'
import { Changes } from './Changes'
import { ProofOf } from './ProofOf'
import type { Told } from './told'

export function Transaction() {
  const { tx = '' } = useParams()
  const t = useText()
  const pair = usePair()
  const { lang } = usePrefs()
  const id = encodeURIComponent(tx)
  const { data: told, refused } = useGet<Told>(`/api/v1/explorer/transactions/${id}`)
  if (refused) return <Result status="404" title={t('没有此交易', 'No such transaction')} subTitle={t('不存在，或与贵机构无关。', 'It is not there, or does not concern your organisation.')} />
  if (!told) return <Skeleton active />
  const { receipt } = told
  const done = receipt.code === 'OK'
  return (
    <Flex vertical gap={12}>
      <Flex justify="space-between" align="center" wrap gap={8}>
        <Typography.Title level={1} style={{ fontSize: 20, margin: 0 }}>
          {pair(told.register)} · {pair(told.title)} <Tag color={done ? 'green' : 'red'}>{done ? t('已执行', 'Done') : receipt.code}</Tag>
        </Typography.Title>
        <Flex gap={8} wrap>
          <Button icon={<FilePdfOutlined />} href={`/api/v1/receipts/${id}/certificate.pdf?lang=${lang}`} target="_blank">
            {t('存证证书', 'Certificate')}
          </Button>
          <Button icon={<SafetyCertificateOutlined />} href={`/api/v1/receipts/${id}/proof`}>
            {t('下载回执证明', 'Download the proof')}
          </Button>
        </Flex>
      </Flex>
      {receipt.error && <Alert type="error" showIcon title={pair([receipt.error.message_zh, receipt.error.message_en])} description={t('被拒绝的操作未改变任何记录。', 'A refused act changed no record.')} />}
      <Facts told={told} />
      <Card size="small" title={t('操作内容', 'What was asked')}>
        <Typography.Paragraph type="secondary">{pair(told.help)}</Typography.Paragraph>
        <Written data={told.request} words />
      </Card>
      <Changes changes={told.changes} />
      {receipt.events.length > 0 && (
        <Card size="small" title={t('事件', 'Events')}>
          <Timeline items={receipt.events.map((event, key) => ({ key, content: <><b>{event.name}</b><Written data={event.data} /></> }))} />
        </Card>
      )}
      <ProofOf tx={receipt.tx} />
    </Flex>
  )
}

function Facts({ told }: { told: Told }) {
  const t = useText()
  const party = useParty()
  const desk = useDesk()
  const { receipt } = told
  return (
    <Card size="small">
      <Descriptions
        size="small"
        column={{ xs: 1, sm: 1, md: 2 }}
        items={[
          { key: 'signers', label: t('签署人', 'Signed by'), children: <Flex vertical>{receipt.signers.map((one) => <span key={one.user}>{party(one.org)} · {desk(one.user)} <Tag>{one.alg}</Tag></span>)}</Flex> },
          { key: 'time', label: t('账本时间', 'Ledger time'), children: <Value value={receipt.time} format="time" /> },
          { key: 'height', label: t('区块 / 序号', 'Block / place'), children: <><Link to={`/explorer/block/${receipt.height}`}>{receipt.height}</Link> / {receipt.index}</> },
          { key: 'block', label: t('区块哈希', 'Block hash'), children: <Value value={told.block} format="hash" /> },
          { key: 'tx', label: t('交易号', 'Transaction'), children: <Value value={receipt.tx} format="hash" /> },
          { key: 'act', label: t('操作代码', 'Act'), children: <span className="mono">{receipt.contract}.{receipt.action}</span> },
        ]}
      />
    </Card>
  )
}
