// A text of paragraphs, lists and emphasis. No markup of a text ever becomes HTML.
import { Typography } from 'antd'
import type { ReactNode } from 'react'
import { usePair, type Pair } from '../kit/prefs'

export function Markdown({ text }: { text: Pair }) {
  const blocks = usePair()(text).split(/\n{2,}/)
  return (
    <Typography>
      {blocks.map((block, place) => {
        const lines = block.split('\n')
        if (!lines.every((line) => line.startsWith('- '))) return <Typography.Paragraph key={place}>{emphasised(block)}</Typography.Paragraph>
        return (
          <ul key={place}>
            {lines.map((line, item) => (
              <li key={item}>{emphasised(line.slice(2))}</li>
            ))}
          </ul>
        )
      })}
    </Typography>
  )
}

function emphasised(text: string): ReactNode[] {
  return text.split(/(\*\*[^*]+\*\*)/).map((part, place) => (part.startsWith('**') && part.endsWith('**') ? <strong key={place}>{part.slice(2, -2)}</strong> : part))
}
