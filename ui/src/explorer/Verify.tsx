// Verifying a receipt file, for anybody: no log-in, and the file never leaves the browser. The code on a certificate leads here.
import { InboxOutlined } from '@ant-design/icons'
import { Alert, Card, Descriptions, Flex, theme, Typography, Upload } from 'antd'
import { useCallback, useEffect, useState } from 'react'
import { useSearchParams } from 'react-router'
import { api } from '../kit/api'
import { useText } from '../kit/prefs'
import { Choices } from '../shell/Choices'
import { hex } from '../verify/bytes'
import { decode, encode, type Json } from '../verify/canonical'
import { type Genesis, readGenesis } from '../verify/receipt'
import { Refused } from '../verify/refused'
import { sha256 } from '../verify/suites'
import { FILE_MAX, type Verdict as Said, verifyReceipt } from '../verify/verify'
import { takeFile } from './files'
import { Verdict } from './Verdict'

type Anchor = { genesis: Genesis; digest: string; own: boolean }
type Seen = { name: string; said: Said } | { name: string; tooLarge: true }

export function Verify() {
  const t = useText()
  const { token } = theme.useToken()
  const [query] = useSearchParams()
  const wanted = query.get('tx')
  const [anchor, setAnchor] = useState<Anchor | null>(null)
  const [file, setFile] = useState<File | null>(takeFile)
  const [seen, setSeen] = useState<Seen | null>(null)
  useEffect(() => {
    void api<Json>('/api/v1/genesis').then((told) => setAnchor((held) => held ?? anchorOf(told, false)))
  }, [])
  const look = useCallback(async (given: File, trust: Anchor) => {
    if (given.size > FILE_MAX) return setSeen({ name: given.name, tooLarge: true })
    setSeen({ name: given.name, said: verifyReceipt(new Uint8Array(await given.arrayBuffer()), trust.genesis) })
  }, [])
  useEffect(() => {
    if (file && anchor) void look(file, anchor)
  }, [file, anchor, look])
  const take = async (given: File) => {
    const own = given.size <= FILE_MAX ? anchorIn(new Uint8Array(await given.arrayBuffer())) : null
    if (own) setAnchor(own)
    else setFile(given)
  }
  return (
    <Flex component="main" vertical align="center" style={{ minHeight: '100%', background: token.colorBgLayout, padding: 16 }}>
      <Flex vertical gap={12} style={{ width: '100%', maxWidth: 820 }}>
        <Flex justify="space-between" align="center">
          <Typography.Title level={1} style={{ fontSize: 20, margin: 0 }}>
            {t('核验回执文件', 'Verify a receipt file')}
          </Typography.Title>
          <Choices />
        </Flex>
        <Upload.Dragger showUploadList={false} beforeUpload={(given) => (void take(given), false)}>
          <p className="ant-upload-drag-icon">
            <InboxOutlined />
          </p>
          <p>{t('拖入文件验证：回执文件（*.json），或贵机构自备的信任锚 genesis.json', 'Drop a file to verify: a receipt (*.json), or the trust anchor genesis.json of your own')}</p>
          <p>{t('文件只在本浏览器内读取，不上传。', 'Files are read within this browser and not uploaded.')}</p>
        </Upload.Dragger>
        {anchor && <Trust anchor={anchor} />}
        {wanted && <Alert type="info" title={t('证书所载交易号', 'The certificate names the transaction')} description={<span className="mono">{wanted}</span>} />}
        {seen && <Outcome seen={seen} wanted={wanted} />}
      </Flex>
    </Flex>
  )
}

function Outcome({ seen, wanted }: { seen: Seen; wanted: string | null }) {
  const t = useText()
  if ('tooLarge' in seen)
    return <Alert type="error" showIcon title={t('未能证明：文件过大', 'Not proven: the file is too large')} description={t(`${seen.name} 超过 1 MiB，不是回执文件。`, `${seen.name} is over 1 MiB, no receipt file.`)} />
  const { said } = seen
  const other = said.proven && wanted !== null && said.receipt.tx !== wanted
  return (
    <Card size="small" title={<span style={{ overflowWrap: 'anywhere', whiteSpace: 'normal' }}>{seen.name}</span>}>
      <Flex vertical gap={12}>
        {other && <Alert type="warning" showIcon title={t('此文件证明的是另一笔交易，并非证书所载', 'This file proves another transaction than the certificate names')} />}
        <Verdict verdict={said} />
        {said.proven && <Proven said={said} />}
      </Flex>
    </Card>
  )
}

function Proven({ said }: { said: Extract<Said, { proven: true }> }) {
  const t = useText()
  const { receipt } = said
  const mono = (value: string) => <span className="mono">{value}</span>
  return (
    <Descriptions
      size="small"
      bordered
      column={1}
      items={[
        { key: 'act', label: t('操作', 'Act'), children: mono(`${receipt.contract}.${receipt.action}`) },
        { key: 'code', label: t('结果', 'Outcome'), children: receipt.code === 'OK' ? t('成功', 'Done') : `${receipt.code} ${String(receipt.error?.[t('message_zh', 'message_en')] ?? '')}` },
        { key: 'tx', label: t('交易号', 'Transaction'), children: mono(receipt.tx) },
        { key: 'time', label: t('账本时间', 'Ledger time'), children: receipt.time },
        { key: 'height', label: t('区块 / 序号', 'Block / place'), children: `${receipt.height} / ${receipt.index}` },
        { key: 'users', label: t('签署人', 'Signed by'), children: receipt.signers.map((signer) => signer.user).join('、') },
        { key: 'args', label: t('操作内容', 'What was asked'), children: <pre className="mono" style={{ margin: 0, whiteSpace: 'pre-wrap' }}>{JSON.stringify(said.transaction.body.args, null, 1)}</pre> },
      ]}
    />
  )
}

function Trust({ anchor }: { anchor: Anchor }) {
  const t = useText()
  return (
    <Typography.Text type="secondary">
      {anchor.own ? t('信任锚：自备文件', 'Trust anchor: your own file') : t('信任锚：由本节点提供，请与自有的核对', 'Trust anchor: given by this node; compare it with your own')} · {anchor.genesis.chain} · <span className="mono">sha256:{anchor.digest}</span>
    </Typography.Text>
  )
}

const anchorOf = (told: Json, own: boolean): Anchor => ({ genesis: readGenesis(told), digest: hex(sha256(encode(told))), own })

/** The trust anchor in a file, if it is one. */
function anchorIn(data: Uint8Array): Anchor | null {
  try {
    return anchorOf(decode(data), true)
  } catch (problem) {
    if (problem instanceof Refused) return null
    throw problem
  }
}
