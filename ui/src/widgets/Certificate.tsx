// The proof of a transaction, to take away and verify off line.
import { FilePdfOutlined, SafetyCertificateOutlined } from '@ant-design/icons'
import { Button, Card, Space } from 'antd'
import { Link } from 'react-router'
import { usePair, usePrefs, useText } from '../kit/prefs'
import { Value } from '../kit/Value'
import { at } from '../kit/values'
import type { Certificate as CertificateSpec } from '../spec'
import type { Drawn } from './Widget'

export function Certificate({ spec, drawn }: { spec: CertificateSpec; drawn: Drawn }) {
  const pair = usePair()
  const t = useText()
  const { lang } = usePrefs()
  const tx = at(drawn.data, spec.tx)
  if (typeof tx !== 'string' || !tx) return null
  return (
    <Card title={pair(spec.title)} size="small">
      <Space wrap>
        <Value value={tx} format="hash" />
        <Link to={`/tx/${encodeURIComponent(tx)}`}>{t('查看回执', 'Receipt')}</Link>
        <Button icon={<FilePdfOutlined />} href={`/api/v1/receipts/${encodeURIComponent(tx)}/certificate.pdf?lang=${lang}`} target="_blank">
          {t('存证证书', 'Certificate')}
        </Button>
        <Button icon={<SafetyCertificateOutlined />} href={`/api/v1/receipts/${encodeURIComponent(tx)}/proof`}>
          {t('下载回执证明', 'Download the proof')}
        </Button>
      </Space>
    </Card>
  )
}
