// A page of one record, opened without saying which: asks for its number.
import { Button, Card, Flex, Form, Input, Typography } from 'antd'
import { useSearchParams } from 'react-router'
import { useLabel } from '../forms/SchemaForm'
import { usePair, useText } from '../kit/prefs'
import type { Page } from '../spec'

export function LookUp({ page }: { page: Page }) {
  const t = useText()
  const pair = usePair()
  const label = useLabel()
  const [, setQuery] = useSearchParams()
  return (
    <Flex vertical gap={12}>
      <Typography.Title level={1} style={{ fontSize: 20, margin: 0 }}>
        {t('按编号查询', 'Look up')}：{pair(page.title)}
      </Typography.Title>
      <Card style={{ maxWidth: 560 }}>
        <Form layout="vertical" onFinish={(given: Record<string, string>) => setQuery(Object.fromEntries(Object.entries(given).map(([name, text]) => [name, text.trim()])))}>
          {(page.takes ?? []).map((name) => (
            <Form.Item key={name} name={name} label={label(name)} rules={[{ required: true, message: t(`请输入${label(name)}`, `Enter ${label(name).toLowerCase()}`) }]}>
              <Input />
            </Form.Item>
          ))}
          <Button type="primary" htmlType="submit">
            {t('查询', 'Look up')}
          </Button>
        </Form>
      </Card>
    </Flex>
  )
}
