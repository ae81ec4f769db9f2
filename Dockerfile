# The production image: locked Python packages, collected static files, no Node, no compiler, not root.

FROM node:22-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --omit=dev

FROM python:3.12-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
RUN python -m venv /venv
COPY requirements.lock ./
RUN /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY --from=packages /app/node_modules node_modules
COPY manage.py ./
COPY portal portal
COPY apps apps
COPY templates templates
COPY static static
# The secrets of this step live and die with the folder they are made in.
RUN PATCHBAY_DATA_DIR=/tmp/build STATIC_ROOT=/app/collected /venv/bin/python manage.py collectstatic --noinput \
    && rm -rf node_modules /tmp/build

FROM python:3.12-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    STATIC_ROOT=/app/collected PATCHBAY_DATA_DIR=/data LOG_FORMAT=json
RUN useradd --system --uid 10001 --home-dir /data --create-home patchbay
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /app /app
USER patchbay
VOLUME /data
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--no-ws", \
     "--workers", "2", "--blocking-threads", "2", "portal.wsgi:application"]
