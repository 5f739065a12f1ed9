# The API and the command line, without the tools of the tests. Neo4j or a mounted Ladybug file holds the graph.
FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements.lock .
# Everything is fetched by hash, once; the second stage takes from it what corridor itself needs.
RUN pip wheel --no-cache-dir --require-hashes --wheel-dir /wheels --requirement requirements.lock
COPY . .
RUN pip install --no-cache-dir --no-index --find-links=/wheels --upgrade setuptools \
 && pip wheel --no-cache-dir --no-deps --no-build-isolation --no-index --wheel-dir /wheels . \
 && python -m venv /opt/corridor \
 && /opt/corridor/bin/pip install --no-cache-dir --no-index --find-links=/wheels corridor

FROM python:3.11-slim
COPY --from=build /opt/corridor /opt/corridor
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/corridor corridor \
 && install --directory --owner=corridor /var/lib/corridor/home
USER 10001:10001
WORKDIR /var/lib/corridor
ENV PATH=/opt/corridor/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 NUMBA_CACHE_DIR=/var/lib/corridor/home/compiled \
    CORRIDOR_HOST=0.0.0.0 CORRIDOR_PORT=8060 CORRIDOR_STORE=ladybug:///var/lib/corridor/home/graph.lbug \
    CORRIDOR_HOME=/var/lib/corridor/home
EXPOSE 8060
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8060/health/ready', timeout=4)"]
CMD ["corridor", "serve"]
