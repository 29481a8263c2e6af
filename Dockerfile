# syntax=docker/dockerfile:1
# The service without what only the embedded start needs: no database, no weights, no tests.
ARG PYTHON=python:3.13-slim

FROM ${PYTHON} AS build
ENV UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_PYTHON_DOWNLOADS=never
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /srv/rationale
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN uv sync --locked --no-default-groups --no-install-project
COPY app app
COPY retrieval retrieval
COPY prompts prompts
COPY reference reference
COPY seed seed
COPY migrations migrations
RUN uv sync --locked --no-default-groups

FROM ${PYTHON}
RUN useradd --system --uid 10001 --create-home rationale \
    && install --directory --mode 700 --owner 10001 \
        /var/lib/rationale /var/lib/rationale-checkpoints
COPY --from=build --chown=root:root /srv/rationale /srv/rationale
WORKDIR /srv/rationale
ENV PATH=/srv/rationale/.venv/bin:$PATH PYTHONUNBUFFERED=1 RATIONALE_HOME=/var/lib/rationale
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/livez', timeout=2)"]
ENTRYPOINT ["rationale"]
CMD ["serve", "--host", "0.0.0.0"]
