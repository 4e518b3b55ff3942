"""Chinese words of the lines below cells."""

MESSAGES = {
    # The jobs of a cell.
    "Spark: {counts} in {time}": "Spark：{counts}，用时 {time}",
    "Spark: jobs {ended:,} of {jobs:,} · stages {done:,} of {stages:,} · {tasks} · {time}": (
        "Spark：作业 {ended:,}/{jobs:,} · 阶段 {done:,}/{stages:,} · {tasks} · {time}"
    ),
    "Spark: queries {ended:,} of {queries:,} · {tasks} · {time}": (
        "Spark：查询 {ended:,}/{queries:,} · {tasks} · {time}"
    ),
    "tasks {done:,} of {total:,} done, {running:,} running": (
        "任务已完成 {done:,}/{total:,}，运行中 {running:,}"
    ),
    "{tasks}, {failed:,} failed": "{tasks}，失败 {failed:,}",
    "{one}, {other}": "{one}，{other}",
    "{jobs} cancelled": "{jobs}已取消",
    "{jobs} failed": "{jobs}失败",
    "cancelled": "已取消",
    "{amount} read": "读取 {amount}",
    "shuffle {written} written, {fetched} read": "shuffle 写入 {written}，读取 {fetched}",
    "{amount} spilled to disk": "{amount} 溢写到磁盘",
    "figures without {stages}": "数字不含 {stages}",
    # Results of SQL.
    "Statement {number}: {rows} affected.": "语句 {number}：影响 {rows}。",
    "{rows} affected": "影响 {rows}",
    "Done": "已完成",
    "{told} · {name} · {time}.": "{told} · {name} · {time}。",
    " There is no result, so {variable} stays as it was.": " 没有结果，{variable} 保持不变。",
    "The plan; nothing ran": "执行计划；没有运行任何语句",
    "{size} in {variable}": "{variable}：{size}",
    "{size} in {variable}, a lazy Spark DataFrame": "{variable}：{size}，惰性 Spark DataFrame",
    "preview: limited to {rows} in the database": "预览：在数据库中限制为 {rows}",
    "preview: limited to {rows} in the query": "预览：在查询中限制为 {rows}",
    "from the cache, {age} old (--refresh asks again)": (
        "来自缓存，{age}前的结果（--refresh 重新查询）"
    ),
    "The result could not be cached: {why}.": "结果无法缓存：{why}。",
    "Cached.": "已缓存。",
    "kept by Spark once computed (.unpersist() frees it)": (
        "计算后由 Spark 保留（.unpersist() 释放）"
    ),
    "first {rows} rows shown": "显示前 {rows} 行",
    "not computed yet": "尚未计算",
    "Fetching: {told}": "正在获取：{told}",
    "Fetched: {told}": "已获取：{told}",
    "{rows:,} rows{of} · {size} · {time}": "{rows:,} 行{of} · {size} · {time}",
    " of about {expected:,.0f}": "，共约 {expected:,.0f} 行",
    "Result {number} of {count} had {rows} of {names}; this is the last": (
        "第 {number} 个结果（共 {count} 个）有 {rows}，列为 {names}；这是最后一个"
    ),
    "Interrupted; the query has been stopped.": "已中断；查询已停止。",
    "Interrupted; Spark was not started.": "已中断；Spark 没有启动。",
    # Sessions of Spark.
    "Starting Spark: {phases} …": "正在启动 Spark：{phases} …",
    "Spark was not started ({time}).": "Spark 没有启动（{time}）。",
    "session on {where} {time}": "{where} 上的会话 {time}",
    "Spark {version} ready in {time} ({phases})": "Spark {version} 已就绪，用时 {time}（{phases}）",
    "Spark {version} bound to the running driver in {time} ({phases})": (
        "Spark {version} 已连接正在运行的 driver，用时 {time}（{phases}）"
    ),
    "Spark {version} ready in {time} · session {session} · {where} · there is no sc with "
    "Spark Connect": (
        "Spark {version} 已就绪，用时 {time} · 会话 {session} · {where} · Spark Connect 没有 sc"
    ),
    "executors {there} of {wanted}": "executor {there}/{wanted}",
    "No Spark session is running.": "没有正在运行的 Spark 会话。",
    "No Spark session is running; %%spark starts one.": (
        "没有正在运行的 Spark 会话；%%spark 会启动一个。"
    ),
    "Spark is stopped; {name} has ended.": "Spark 已停止；{name} 已结束。",
    "Spark is running as {name} already.": "Spark 已在运行：{name}。",
    "Spark is running as {name} with these options already.": ("Spark 已以这些选项运行：{name}。"),
    "RDD {number} is no longer cached; its next use computes it anew.": (
        "RDD {number} 不再缓存；下次使用时重新计算。"
    ),
}

#: With their counting words.
NOUNS = {
    "job": "个作业",
    "task": "个任务",
    "failed task": "个失败的任务",
    "stage": "个阶段",
    "query": "个查询",
    "row": "行",
    "column": "列",
}
