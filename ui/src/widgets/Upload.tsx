// A file of many rows: handed to the node, its progress, and what became of each row. The page may be left meanwhile.
import { DownloadOutlined, InboxOutlined } from '@ant-design/icons'
import { Alert, Button, Card, Flex, Progress, Space, Table, Tag, Typography, Upload as Picker } from 'antd'
import { useEffect, useState } from 'react'
import { api, Refused, type Problem } from '../kit/api'
import { usePair, useText } from '../kit/prefs'
import { RefusedAlert } from '../kit/RefusedAlert'
import type { Upload as UploadSpec } from '../spec'
import { download } from './Table'

type Bad = { row: number; code: string; reason_zh: string; reason_en: string; column: string | null; ap_no: string | null }
type Report = { file: string; rows: number; imported: number; known: number; bad: Bad[] }
type Job = { job: string; file: string; state: 'RUNNING' | 'DONE' | 'FAILED'; done: number; rows: number; report: Report | null; problem: Problem | null }

const POLL_MS = 400
const SIZE_MAX = 20 * 2 ** 20
const KINDS = ['.csv', '.txt', '.xlsx']

export function Upload({ spec }: { spec: UploadSpec }) {
  const pair = usePair()
  const t = useText()
  const [job, setJob] = useState<Job | null>(null)
  const [refused, setRefused] = useState<Problem | null>(null)
  const [unfit, setUnfit] = useState('')
  useEffect(() => {
    if (job?.state !== 'RUNNING') return
    const timer = setTimeout(() => {
      api<Job>(`/api/v1/imports/${job.job}`).then(setJob, (error: unknown) => {
        if (!(error instanceof Refused)) throw error
        setRefused(error.problem)
        setJob(null)
      })
    }, POLL_MS)
    return () => clearTimeout(timer)
  }, [job])
  const begin = async (file: File) => {
    setRefused(null)
    setJob(null)
    const kind = file.name.slice(file.name.lastIndexOf('.')).toLowerCase()
    const problem = !KINDS.includes(kind) ? t(`请选择 ${KINDS.join('、')} 文件`, `Choose a file of type ${KINDS.join(', ')}`) : file.size > SIZE_MAX ? t('文件超过 20 MB，请分批导入', 'The file is larger than 20 MB: split it') : ''
    setUnfit(problem)
    if (problem) return
    const form = new FormData()
    form.append('file', file)
    try {
      setJob(await api<Job>(`/api/v1/imports/${spec.action.replace('.', '/')}`, { raw: form }))
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      setRefused(error.problem)
    }
  }
  const percent = job ? (job.state === 'DONE' ? 100 : job.rows ? Math.floor((job.done / job.rows) * 100) : 0) : 0
  return (
    <Card size="small" title={pair(spec.title)}>
      <Flex vertical gap={12}>
        <Picker.Dragger accept={KINDS.join(',')} showUploadList={false} disabled={job?.state === 'RUNNING'} beforeUpload={(file) => (void begin(file), false)}>
          <p className="ant-upload-drag-icon">
            <InboxOutlined />
          </p>
          <p className="ant-upload-text">{t('点击选择或拖入文件', 'Choose a file, or drop it here')}</p>
          <p className="ant-upload-hint">{pair(spec.help)}</p>
        </Picker.Dragger>
        {unfit && <Alert type="error" showIcon title={unfit} />}
        {refused && <RefusedAlert problem={refused} />}
        {job && (
          <div>
            <Typography.Text>{job.file}</Typography.Text>
            <Progress percent={percent} status={job.state === 'FAILED' ? 'exception' : job.state === 'DONE' ? 'success' : 'active'} aria-label={`${percent}%`} />
          </div>
        )}
        {job?.problem && <RefusedAlert problem={job.problem} />}
        {job?.report && <Told report={job.report} />}
      </Flex>
    </Card>
  )
}

function Told({ report }: { report: Report }) {
  const t = useText()
  const pair = usePair()
  const rows = report.bad.map((bad, key) => ({ ...bad, key }))
  const save = () => {
    const quoted = (text: string | number | null) => `"${String(text ?? '').replaceAll('"', '""').replace(/^([=+\-@])/, "'$1")}"`
    const lines = [[t('行', 'Row'), t('列', 'Column'), t('编号', 'Item'), t('代码', 'Code'), t('原因', 'Reason')], ...report.bad.map((bad) => [bad.row, bad.column, bad.ap_no, bad.code, pair([bad.reason_zh, bad.reason_en])])]
    download(new Blob([`\ufeff${lines.map((line) => line.map(quoted).join(',')).join('\r\n')}`], { type: 'text/csv' }), 'bad-rows.csv')
  }
  return (
    <Flex vertical gap={8}>
      <Space wrap>
        <Tag>{t(`共 ${report.rows} 行`, `${report.rows} rows`)}</Tag>
        <Tag color="green">{t(`导入 ${report.imported}`, `${report.imported} imported`)}</Tag>
        <Tag color="blue">{t(`已有 ${report.known}`, `${report.known} known before`)}</Tag>
        <Tag color={report.bad.length ? 'red' : 'default'}>{t(`问题 ${report.bad.length}`, `${report.bad.length} faults`)}</Tag>
        {report.bad.length > 0 && (
          <Button size="small" icon={<DownloadOutlined />} onClick={save}>
            {t('下载问题行', 'Download the bad rows')}
          </Button>
        )}
      </Space>
      {report.bad.length > 0 && (
        <Table
          size="small"
          dataSource={rows}
          pagination={{ pageSize: 10, size: 'small' }}
          scroll={{ x: 'max-content' }}
          columns={[
            { title: t('行', 'Row'), dataIndex: 'row', align: 'right' as const },
            { title: t('列', 'Column'), dataIndex: 'column' },
            { title: t('编号', 'Item'), dataIndex: 'ap_no' },
            { title: t('代码', 'Code'), dataIndex: 'code', render: (code: string) => <span className="mono">{code}</span> },
            { title: t('原因', 'Reason'), render: (_: unknown, bad: Bad) => <div style={{ minWidth: 240, maxWidth: 620, whiteSpace: 'normal' }}>{pair([bad.reason_zh, bad.reason_en])}</div> },
          ]}
        />
      )}
    </Flex>
  )
}
