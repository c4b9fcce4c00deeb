// The console: one renderer for whatever the node's catalogue and pages say.
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { RouterProvider } from 'react-router/dom'
import { Looks } from './shell/Looks'
import { router } from './routes'
import './main.css'

createRoot(document.getElementById('console')!).render(
  <StrictMode>
    <Looks>
      <RouterProvider router={router} />
    </Looks>
  </StrictMode>,
)
