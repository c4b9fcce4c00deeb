// Every act of a register, each with who signs it and what it does: the way to any form without a page of its own.
import { Card, Flex, Table, Tag, Typography } from 'antd'
import { Link, useParams } from 'react-router'
import { useKnown, type Listed } from '../kit/pages'
import { usePair, useText } from '../kit/prefs'
import { useSession } from '../kit/session'
import { NotFound } from '../shell/NotFound'

export function Acts() {
  const { register = '' } = useParams()
  const { catalogue, document } = useKnown()
  const { session } = useSession()
  const pair = usePair()
  const t = useText()
  const found = catalogue.registers.find((one) => one.name === register)
  if (!found) return <NotFound />
  const lookUps = document.shelves.find((shelf) => shelf.name === register)?.pages.filter((page) => page.takes?.length) ?? []
  const acts = catalogue.actions.filter((action) => action.name.startsWith(`${register}.`))
  const fits = (act: Listed) => act.by?.some((seat) => seat.role === 'any' || session.roles.includes(seat.role))
  return (
    <Flex vertical gap={12}>
      <Typography.Title level={1} style={{ fontSize: 20, margin: 0 }}>
        {pair(found.title)} · {t('全部操作与查询', 'All acts and look-ups')}
      </Typography.Title>
      <Card size="small" styles={{ body: { padding: 0 } }}>
        <Table<Listed>
          size="small"
          rowKey="name"
          dataSource={acts}
          pagination={false}
          scroll={{ x: 'max-content' }}
          columns={[
            { title: t('操作', 'Act'), render: (_, act) => (fits(act) ? <Link to={`/do/${act.name}`}>{pair(act.title)}</Link> : <Typography.Text type="secondary">{pair(act.title)}</Typography.Text>) },
            { title: t('签署岗位', 'Signed by'), render: (_, act) => act.by?.map((seat, place) => <Tag key={place} color={session.roles.includes(seat.role) ? 'blue' : 'default'}>{t(seat.role_zh, seat.role)}</Tag>) },
            { title: t('说明', 'What it does'), render: (_, act) => <div style={{ maxWidth: 560, whiteSpace: 'normal' }}>{pair(act.help)}</div> },
          ]}
        />
      </Card>
      {lookUps.length > 0 && (
        <Card size="small" title={t('按编号查询', 'Look up by number')}>
          <Flex gap={16} wrap>
            {lookUps.map((page) => (
              <Link key={page.id} to={`/p/${page.id}`}>
                {pair(page.title)}
              </Link>
            ))}
          </Flex>
        </Card>
      )}
    </Flex>
  )
}
