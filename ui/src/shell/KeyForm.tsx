// Log-in with a key of this browser: the node's challenge is signed here, the key is imported once from a P12 file and never leaves.
import { KeyOutlined, UploadOutlined } from '@ant-design/icons'
import { Alert, Button, Flex, Form, Input, Radio, Typography, Upload } from 'antd'
import { useEffect, useState } from 'react'
import { api, Refused, type Session } from '../kit/api'
import { canonical } from '../kit/canonical'
import { forgetKey, heldKeys, keepKey, signWith, type HeldKey } from '../kit/keys'
import { usePair, useText } from '../kit/prefs'

type Challenge = { chain: string; origin: string; nonce: string }

async function logIn(certificate: string): Promise<Session> {
  const { chain, origin, nonce } = await api<Challenge>('/api/v1/session/challenge')
  // Another gateway's challenge, passed on by this one, would log this one in there.
  if (origin !== window.location.origin) throw new Error(`challenge of ${origin}, this is ${window.location.origin}`)
  const signature = await signWith(certificate, 'login', new TextEncoder().encode(canonical({ chain, nonce, origin })))
  return api<Session>('/api/v1/session', { body: { certificate, nonce, signature } })
}

export function KeyForm({ done }: { done: (session: Session) => void }) {
  const t = useText()
  const pair = usePair()
  const [keys, setKeys] = useState<HeldKey[]>([])
  const [chosen, choose] = useState<string>()
  const [problem, setProblem] = useState('')
  const [busy, setBusy] = useState(false)
  const look = () =>
    heldKeys().then((found) => {
      setKeys(found)
      choose((before) => before ?? found[0]?.certificate)
    })
  useEffect(() => void look(), [])
  const enter = async () => {
    setBusy(true)
    setProblem('')
    try {
      done(await logIn(chosen!))
    } catch (error) {
      setProblem(error instanceof Refused ? pair([error.problem.message_zh, error.problem.message_en]) : String(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Flex vertical gap={16}>
      {problem && <Alert type="error" showIcon title={problem} />}
      {keys.length > 0 && (
        <>
          <Radio.Group
            vertical
            value={chosen}
            onChange={(event) => choose(event.target.value as string)}
            options={keys.map((key) => ({ value: key.certificate, label: <span>{key.label} <Typography.Text type="secondary" className="mono">{key.alg} {key.certificate.slice(7, 17)}…</Typography.Text></span> }))}
          />
          <Flex gap={8}>
            <Button type="primary" icon={<KeyOutlined />} loading={busy} disabled={!chosen} onClick={() => void enter()} style={{ flex: 1 }}>
              {t('用此证书登录', 'Sign in with this certificate')}
            </Button>
            <Button onClick={() => void forgetKey(chosen!).then(() => (choose(undefined), look()))}>{t('移除', 'Remove')}</Button>
          </Flex>
        </>
      )}
      <Import taken={(key) => (choose(key.certificate), void look())} />
    </Flex>
  )
}

function Import({ taken }: { taken: (key: HeldKey) => void }) {
  const t = useText()
  const [file, setFile] = useState<File | null>(null)
  const [unread, setUnread] = useState(false)
  const submit = async ({ passphrase }: { passphrase?: string }) => {
    const { openP12, P12Unreadable } = await import('../kit/p12')
    setUnread(false)
    try {
      const key = await openP12(await file!.arrayBuffer(), passphrase ?? '')
      await keepKey(key)
      setFile(null)
      taken(key)
    } catch (error) {
      if (!(error instanceof P12Unreadable)) throw error
      setUnread(true)
    }
  }
  return (
    <Form layout="vertical" onFinish={(given: { passphrase?: string }) => void submit(given)} disabled={false}>
      <Form.Item label={t('导入证书文件（P12）', 'Import a certificate (P12)')} help={t('私钥仅存于此浏览器，不可导出，也不会发往节点。', 'The key stays in this browser, cannot be exported, and never goes to the node.')}>
        <Upload accept=".p12,.pfx" showUploadList={false} beforeUpload={(picked) => (setFile(picked), false)}>
          <Button icon={<UploadOutlined />}>{file?.name ?? t('选择文件', 'Choose a file')}</Button>
        </Upload>
      </Form.Item>
      {file && (
        <>
          <Form.Item name="passphrase" label={t('文件口令', 'Its passphrase')} validateStatus={unread ? 'error' : undefined} help={unread ? t('无法打开：口令不对，或不是 Ed25519、P-256 的 P12 文件', 'Cannot be opened: wrong passphrase, or no P12 with Ed25519 or P-256') : undefined}>
            <Input.Password autoComplete="off" />
          </Form.Item>
          <Button htmlType="submit" block>
            {t('导入', 'Import')}
          </Button>
        </>
      )}
    </Form>
  )
}
