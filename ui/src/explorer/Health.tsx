// How the node and its chain fare: height, pace, and which validators sign.
import { Badge, Card, Flex, Progress, Statistic, Table } from 'antd'
import { useText } from '../kit/prefs'
import { useGet } from '../kit/useGet'
import type { Health as Told } from './told'
import { usePresent } from './usePresent'

export function Health() {
  const t = useText()
  const { data, again } = useGet<Told>('/api/v1/explorer/health')
  usePresent(again, 10_000)
  if (!data) return <Card size="small" loading />
  const behind = data.height - data.explored
  return (
    <Card
      size="small"
      title={t('链的运行状况', 'Health of the chain')}
      extra={<Badge status={behind > 1 ? 'warning' : 'success'} text={behind > 1 ? t(`查询库落后 ${behind} 块`, `Index ${behind} blocks behind`) : t('正常，逐块重放一致', 'Well; each block replayed alike')} />}
    >
      <Flex wrap gap={32}>
        <Statistic title={t('高度', 'Height')} value={data.height} />
        <Statistic title={t('交易总数', 'Transactions')} value={data.transactions} />
        <Statistic title={t('待打包', 'Waiting')} value={data.waiting} />
        <Statistic title={t('平均出块间隔（毫秒）', 'Mean block interval (ms)')} value={data.interval_ms} />
      </Flex>
      <Table
        size="small"
        style={{ marginTop: 12 }}
        pagination={false}
        rowKey={([held]) => held.public_key}
        dataSource={data.validators}
        columns={[
          { title: t('验证方公钥', 'Validator'), render: (_, [held]) => <span className="mono">{held.public_key.slice(0, 24)}…</span> },
          { title: t('权重', 'Power'), align: 'right', render: (_, [held]) => held.power },
          {
            title: t(`近 ${data.blocks} 块签署率`, `Signed of the last ${data.blocks} blocks`),
            render: (_, [, signed]) => <Progress aria-label={t('签署率', 'Signed')} percent={data.blocks ? Math.round((signed / data.blocks) * 100) : 0} size="small" />,
          },
        ]}
      />
    </Card>
  )
}
