// One block: its signed header, and of its transactions those that concern the user's organisation.
import { Card, Descriptions, Flex, Skeleton, Typography } from 'antd'
import { Link, useParams } from 'react-router'
import { useText } from '../kit/prefs'
import { RefusedAlert } from '../kit/RefusedAlert'
import { useGet } from '../kit/useGet'
import { Value } from '../kit/Value'
import { Transactions } from './Transactions'

type Shown = {
  height: number
  transactions: number
  header: { time: string; app_hash: string; data_hash: string; last_results_hash: string; validators_hash: string; proposer_address: string; last_block_id: { hash: string } }
  commit: { round: number; block_id: { hash: string }; signatures: { flag: number }[] }
}

export function Block() {
  const { height = '' } = useParams()
  const t = useText()
  const { data: block, refused } = useGet<Shown>(`/api/v1/blocks/${encodeURIComponent(height)}`)
  if (refused) return <RefusedAlert problem={refused.problem} />
  if (!block) return <Skeleton active />
  const { header, commit } = block
  const signed = commit.signatures.filter((sig) => sig.flag === 2).length
  const hash = (label: string, value: string) => ({ key: label, label, children: <Value value={value} format="hash" /> })
  return (
    <Flex vertical gap={12}>
      <Flex justify="space-between" align="center" wrap gap={8}>
        <Typography.Title level={1} style={{ fontSize: 20, margin: 0 }}>
          {t(`第 ${block.height} 块`, `Block ${block.height}`)}
        </Typography.Title>
        <Flex gap={16}>
          {block.height > 1 && <Link to={`/explorer/block/${block.height - 1}`}>{t('上一块', 'Previous')}</Link>}
          <Link to={`/explorer/block/${block.height + 1}`}>{t('下一块', 'Next')}</Link>
        </Flex>
      </Flex>
      <Card size="small">
        <Descriptions
          size="small"
          column={{ xs: 1, sm: 1, md: 2 }}
          items={[
            { key: 'time', label: t('时间', 'Time'), children: <Value value={header.time} format="time" /> },
            { key: 'count', label: t('交易数', 'Transactions'), children: block.transactions },
            { key: 'signed', label: t('签署', 'Signed'), children: t(`${commit.signatures.length} 个验证方中 ${signed} 个`, `${signed} of ${commit.signatures.length} validators`) },
            { key: 'round', label: t('轮次', 'Round'), children: commit.round },
            hash(t('区块哈希', 'Block hash'), commit.block_id.hash),
            hash(t('上一块', 'Previous block'), header.last_block_id.hash),
            hash(t('交易根', 'Transactions root'), header.data_hash),
            hash(t('上一块结果根', 'Results root of the previous'), header.last_results_hash),
            hash(t('状态根（块前）', 'State root (before)'), header.app_hash),
            hash(t('出块方', 'Proposer'), header.proposer_address),
          ]}
        />
      </Card>
      <Transactions key={height} chosen={{ block: height }} title={t('与本机构相关的交易', 'Transactions that concern you')} size={50} />
    </Flex>
  )
}
