# The command `repro` in an image. CPU:         docker build -t repro .
# With an NVIDIA GPU (driver on the host, `docker run --gpus all`): docker build --build-arg EXTRAS=cuda -t repro .
#
#   docker run --rm --user "$(id -u):$(id -g)" -v "$PWD:/data" repro predict clip.mp4
#
# The folder you are in is /data: videos come from it, predictions go to it, runs and caches to its folder repro/.
ARG PYTHON=3.11.11

FROM python:${PYTHON}-slim-bookworm AS wheel
WORKDIR /source
COPY pyproject.toml setup.py requirements.txt README.md LICENSE ./
COPY repro repro
COPY weights weights
COPY data_lists data_lists
RUN pip wheel --no-deps --wheel-dir /wheel .

FROM python:${PYTHON}-slim-bookworm
# Empty, or cuda: TensorFlow then brings CUDA's libraries as packages, so one base image serves both.
ARG EXTRAS=""
COPY --from=wheel /wheel /wheel
RUN pip install --no-cache-dir "$(echo /wheel/repro-*.whl)${EXTRAS:+[$EXTRAS]}" && rm -r /wheel
# Whoever runs it has no home in the image; what libraries write there goes beside the caches.
ENV REPRO_HOME=/data/repro HOME=/data/repro
WORKDIR /data
ENTRYPOINT ["repro"]
CMD ["--help"]
