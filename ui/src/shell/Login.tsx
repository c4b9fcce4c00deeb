// Log-in with name and password; the same form comes over a page whose session has ended.
import { LockOutlined, UserOutlined } from '@ant-design/icons'
import { Alert, AutoComplete, Button, Card, Flex, Form, Input, Tabs, theme, Typography } from 'antd'
import { useState } from 'react'
import { useNavigate, useSearchParams } from 'react-router'
import { api, Refused, type Session } from '../kit/api'
import { usePair, useText } from '../kit/prefs'
import { Choices } from './Choices'
import { KeyForm } from './KeyForm'

const NAMES = 'heqi.names'
export const lastNames = (): string[] => JSON.parse(localStorage.getItem(NAMES) ?? '[]') as string[]

function remember(user: string) {
  localStorage.setItem(NAMES, JSON.stringify([user, ...lastNames().filter((name) => name !== user)].slice(0, 8)))
}

export function PasswordForm({ user, done }: { user?: string; done: (session: Session) => void }) {
  const t = useText()
  const pair = usePair()
  const [busy, setBusy] = useState(false)
  const [refused, setRefused] = useState<Refused | null>(null)
  const submit = async (given: { user: string; password: string }) => {
    setBusy(true)
    setRefused(null)
    try {
      const session = await api<Session>('/api/v1/session', { body: { user: given.user.trim(), password: given.password } })
      remember(session.user)
      done(session)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      setRefused(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Form layout="vertical" initialValues={{ user: user ?? '' }} onFinish={submit} requiredMark={false} size="large">
      {refused && <Alert type="error" showIcon title={pair([refused.problem.message_zh, refused.problem.message_en])} style={{ marginBottom: 16 }} />}
      <Form.Item name="user" label={t('用户名', 'User name')} rules={[{ required: true, message: t('请输入用户名', 'Enter your user name') }]}>
        <AutoComplete disabled={user !== undefined} options={lastNames().map((value) => ({ value }))}>
          <Input prefix={<UserOutlined />} placeholder={t('机构代码/岗位', 'organisation/desk')} autoComplete="username" />
        </AutoComplete>
      </Form.Item>
      <Form.Item name="password" label={t('密码', 'Password')} rules={[{ required: true, message: t('请输入密码', 'Enter your password') }]}>
        <Input.Password prefix={<LockOutlined />} autoComplete="current-password" />
      </Form.Item>
      <Button type="primary" htmlType="submit" block loading={busy}>
        {t('登录', 'Sign in')}
      </Button>
    </Form>
  )
}

export function Login() {
  const t = useText()
  const navigate = useNavigate()
  const [query] = useSearchParams()
  const { token } = theme.useToken()
  const next = query.get('next')
  const enter = () => void navigate(next?.startsWith('/') && !next.startsWith('//') ? next : '/home', { replace: true })
  return (
    <Flex component="main" vertical align="center" justify="center" style={{ minHeight: '100%', background: token.colorBgLayout, padding: 16 }}>
      <Card style={{ width: '100%', maxWidth: 400 }}>
        <Flex justify="space-between" align="start" style={{ marginBottom: 24 }}>
          <div>
            <Typography.Title level={1} style={{ fontSize: 24, margin: 0 }}>
              {t('合契', 'Heqi')}
            </Typography.Title>
            <Typography.Text type="secondary">{t('联盟账本 · 银行金融', 'Consortium ledger for bank finance')}</Typography.Text>
          </div>
          <Choices />
        </Flex>
        <Tabs
          items={[
            { key: 'password', label: t('密码登录', 'Password'), children: <PasswordForm done={enter} /> },
            { key: 'key', label: t('证书登录', 'Certificate'), children: <KeyForm done={enter} /> },
          ]}
        />
      </Card>
    </Flex>
  )
}
