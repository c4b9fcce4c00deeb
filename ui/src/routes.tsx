// Every address of the console. Pages that need heavy parts (graphs, charts, the explorer) are loaded when they are first opened.
import { createBrowserRouter, Navigate } from 'react-router'
import { Frame } from './shell/Frame'
import { Login } from './shell/Login'
import { NotFound } from './shell/NotFound'

export const router = createBrowserRouter(
  [
    { path: '/login', element: <Login /> },
    {
      path: '/',
      element: <Frame />,
      children: [
        { index: true, element: <Navigate to="/home" replace /> },
        { path: 'home', lazy: async () => ({ Component: (await import('./pages/Home')).Home }) },
        { path: '*', element: <NotFound /> },
      ],
    },
  ],
  { basename: '/console' },
)
