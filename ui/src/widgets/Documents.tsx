// Papers known by their digest, and whether a file at hand is one of them: the digest is taken here, the file stays here.
import { InboxOutlined } from '@ant-design/icons'
import { Alert, Card, Space, Table, Upload } from 'antd'
import { useState } from 'react'
import { usePair, useText } from '../kit/prefs'
import { FieldValue, Value } from '../kit/Value'
import { at, type Data } from '../kit/values'
import { digestOf } from '../forms/digest'
import type { Documents as DocumentsSpec } from '../spec'
import type { Drawn } from './Widget'

export function Documents({ spec, drawn }: { spec: DocumentsSpec; drawn: Drawn }) {
  const pair = usePair()
  const t = useText()
  const [found, setFound] = useState<{ name: string; known: boolean } | null>(null)
  const rows = ((at(drawn.data, spec.path) ?? []) as Record<string, Data>[]).filter((row) => typeof row === 'object')
  const compare = async (file: File) => {
    const digest = await digestOf(file)
    setFound({ name: file.name, known: rows.some((row) => String(at(row, spec.digest)).endsWith(digest.replace(/^sha256:/, ''))) })
  }
  return (
    <Card title={pair(spec.title)} size="small">
      <Space orientation="vertical" style={{ width: '100%' }}>
        <Table
          size="small"
          pagination={false}
          rowKey={(row) => String(at(row, spec.digest))}
          dataSource={rows}
          columns={[
            { title: t('摘要', 'Digest'), render: (_: unknown, row) => <Value value={at(row, spec.digest)} format="hash" /> },
            ...(spec.more ?? []).map((field) => ({ title: pair(field.title), render: (_: unknown, row: Record<string, Data>) => <FieldValue field={field} data={row} /> })),
          ]}
        />
        <Upload.Dragger showUploadList={false} beforeUpload={(file) => (void compare(file), false)}>
          <InboxOutlined /> {t('拖入文件核对（文件不离开本机）', 'Drop a file to compare (it stays on this machine)')}
        </Upload.Dragger>
        {found && <Alert type={found.known ? 'success' : 'warning'} showIcon title={found.known ? t(`${found.name}：与存证一致`, `${found.name}: matches`) : t(`${found.name}：不在其中`, `${found.name}: is none of them`)} />}
      </Space>
    </Card>
  )
}
