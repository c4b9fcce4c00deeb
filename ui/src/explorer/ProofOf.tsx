// The proof of a transaction, fetched and verified in this browser, whatever the node says of it.
import { Button, Card, Typography } from 'antd'
import { useState } from 'react'
import { refusal, request, Refused } from '../kit/api'
import { useText } from '../kit/prefs'
import { RefusedAlert } from '../kit/RefusedAlert'
import type { Verdict as Said } from '../verify/verify'
import { Verdict } from './Verdict'

export function ProofOf({ tx }: { tx: string }) {
  const t = useText()
  const [said, setSaid] = useState<Said | Refused | null>(null)
  const [busy, setBusy] = useState(false)
  const prove = async () => {
    setBusy(true)
    try {
      setSaid(await verified(tx))
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      setSaid(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Card
      size="small"
      title={t('证明', 'Proof')}
      extra={
        <Button size="small" type="primary" loading={busy} onClick={() => void prove()}>
          {t('在本浏览器核验', 'Verify in this browser')}
        </Button>
      }
    >
      {said instanceof Refused && <RefusedAlert problem={said.problem} />}
      {said && !(said instanceof Refused) && <Verdict verdict={said} />}
      {!said && (
        <Typography.Text type="secondary">
          {t('取得回执文件并在本浏览器内逐项核验：规范格式、验证方签名、交易与回执的默克尔路径、签署人签名。', 'Fetches the receipt file and checks it here: canonical form, the validators’ signatures, Merkle paths of transaction and receipt, the signers’ signatures.')}
        </Typography.Text>
      )}
    </Card>
  )
}

async function verified(tx: string): Promise<Said> {
  const [{ verifyReceipt }, { readGenesis }, proof, anchor] = await Promise.all([
    import('../verify/verify'),
    import('../verify/receipt'),
    request(`/api/v1/receipts/${encodeURIComponent(tx)}/proof`),
    request('/api/v1/genesis'),
  ])
  for (const answer of [proof, anchor]) if (!answer.ok) throw await refusal(answer)
  return verifyReceipt(new Uint8Array(await proof.arrayBuffer()), readGenesis(await anchor.json()))
}
