// The explorer's first page: search, health, blocks and transactions as they come.
import { Col, Flex, Row, Typography } from 'antd'
import { useText } from '../kit/prefs'
import { Blocks } from './Blocks'
import { Health } from './Health'
import { Search } from './Search'
import { Transactions } from './Transactions'

export function Explorer() {
  const t = useText()
  return (
    <Flex vertical gap={12}>
      <Typography.Title level={1} style={{ fontSize: 20, margin: 0 }}>
        {t('区块浏览器', 'Explorer')}
      </Typography.Title>
      <Search />
      <Row gutter={[12, 12]}>
        <Col xs={24} xl={11}>
          <Blocks />
        </Col>
        <Col xs={24} xl={13}>
          <Transactions title={t('与本机构相关的交易', 'Transactions that concern you')} />
        </Col>
      </Row>
      <Health />
    </Flex>
  )
}
