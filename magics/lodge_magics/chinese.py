"""Chinese words of the lines below cells, and of the errors that are met most."""

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
    "Result {number} of {count} had {rows} of {names}; the last one counts": (
        "第 {number} 个结果（共 {count} 个）有 {rows}，列为 {names}；以最后一个为准"
    ),
    "Interrupted; the query has been stopped.": "已中断；查询已停止。",
    "Interrupted; Spark was not started.": "已中断；Spark 没有启动。",
    # Errors.
    ".": "。",
    "; did you mean {name}?": "；是否指 {name}？",
    "; there is only {name}.": "；只有 {name}。",
    "; there are {names} and {last}.": "；可用的有 {names} 和 {last}。",
    "; %sql tables shows those there are.": "；%sql tables 列出已有的表。",
    "; define it, or give --param {name}=...": "；请先定义它，或写 --param {name}=...",
    "The query failed on {name}: {told}": "查询在 {name} 上失败：{told}",
    "Statement {number} of {count} failed on {name}: {told}": (
        "第 {number} 条语句（共 {count} 条）在 {name} 上失败：{told}"
    ),
    "There is no SQL in this cell; write it below the line of %%sql.": (
        "此单元格中没有 SQL；请写在 %%sql 行的下面。"
    ),
    "There is no Python variable {name} to bind to :{name}{hint}": (
        "没有可绑定到 :{name} 的 Python 变量 {name}{hint}"
    ),
    "--param {name} is not used in the SQL{hint}": "SQL 中没有用到 --param {name}{hint}",
    "The text {text} cannot be bound to :{name}: it holds half a character ({half}), which no "
    "database keeps.": (
        "文本 {text} 不能绑定到 :{name}：其中有半个字符（{half}），数据库都无法保存。"
    ),
    "{value} cannot be bound to :{name} with its nanoseconds; bind {name}.floor('us'), or "
    "str({name}) and cast that in the query.": (
        "{value} 不能连同纳秒绑定到 :{name}；请绑定 {name}.floor('us')，"
        "或绑定 str({name}) 并在查询中转换。"
    ),
    "{count} of {name} are no text in UTF-8 and are bytes now": (
        "{name} 中有 {count} 个值不是 UTF-8 文本，现为 bytes"
    ),
    "A value of type {kind} cannot be bound to :{name}; bind a number, a text, bytes, a date or "
    "time, None, or a list of them after IN.": (
        "{kind} 不能绑定到 :{name}；可绑定数字、文本、bytes、日期或时间、None，"
        "或在 IN 之后绑定它们的列表。"
    ),
    "The list :{name} is empty; after IN it has to stand alone then.": (
        "列表 :{name} 为空；此时它在 IN 之后必须单独出现。"
    ),
    "The list :{name} can only stand after IN with this source.": (
        "对此数据源，列表 :{name} 只能出现在 IN 之后。"
    ),
    "The list :{name} has {count:,} values of several types ({types}), which are too many "
    "to be compared one by one; make them of one type, as [str(value) for value in {name}] "
    "does.": (
        "列表 :{name} 有 {count:,} 个不同类型的值（{types}），数量过多，无法逐个比较；"
        "请统一为一种类型，例如 [str(value) for value in {name}]。"
    ),
    "The list :{name} has moments with a time zone and without; it can be compared "
    "with after IN, or once all of them have one.": (
        "列表 :{name} 中有的时间带时区，有的不带；请放在 IN 之后比较，或先统一为带时区。"
    ),
    "There is no source {name}{hint}": "没有数据源 {name}{hint}",
    "There are no SQL sources; ask whoever runs this server to name some in the file of "
    "LODGE_SOURCES.": ("没有 SQL 数据源；请让此服务器的管理员在 LODGE_SOURCES 指定的文件中添加。"),
    "There is no default source; add --source NAME, one of {names}.": (
        "没有默认数据源；请加上 --source NAME，可选 {names}。"
    ),
    "The source {name} cannot be reached: {told}": "无法连接数据源 {name}：{told}",
    "The source {name} cannot be opened: {told}": "无法打开数据源 {name}：{told}",
    "The connection of {name} is gone, and with it what its session had ({told}); run the cell "
    "again, unless it has had its effect already.": (
        "{name} 的连接已断开，会话中的内容也随之丢失（{told}）；"
        "请重新运行此单元格，除非它已经生效。"
    ),
    "There is no table {name} in {source}{hint}": "{source} 中没有表 {name}{hint}",
    "The result does not fit into this kernel's memory and was stopped: {told}; look at part of "
    "it with --preview, aggregate in SQL, or take --as spark from a Hive source.": (
        "结果超出此内核的内存，已停止：{told}；请用 --preview 查看一部分、在 SQL 中聚合，"
        "或对 Hive 数据源使用 --as spark。"
    ),
    "%%sql takes one variable, not {words}; write the SQL on the lines below.": (
        "%%sql 只接受一个变量，而不是 {words}；请把 SQL 写在下面的行中。"
    ),
    "%sql shows sources, tables or columns TABLE; a query goes into a cell that begins with "
    "%%sql.": "%sql 显示 sources、tables 或 columns TABLE；查询请写在以 %%sql 开头的单元格中。",
    "{magic} has no option {name}{hint}": "{magic} 没有选项 {name}{hint}",
    "{name} of {magic} needs a value: {name} {value}.": (
        "{magic} 的 {name} 需要一个值：{name} {value}。"
    ),
    "--preview limits a SELECT that only reads, and this {keyword} is none; run it "
    "without --preview.": (
        "--preview 只能限制只读取数据的 SELECT，而此 {keyword} 语句不是；请不带 --preview 运行。"
    ),
    "--explain shows the plan of a query or of a change, and a statement {keyword} has "
    "none; run it without --explain.": (
        "--explain 显示查询或更改的执行计划，而 {keyword} 语句没有；请不带 --explain 运行。"
    ),
    "--as polars needs the package polars, which is not installed; install it with %pip install "
    "polars, or take --as arrow.": (
        "--as polars 需要 polars 包，但它没有安装；"
        "请用 %pip install polars 安装，或使用 --as arrow。"
    ),
    "Spark cannot start, since there is no Java on this machine; install a Java 17 or newer, or "
    "set JAVA_HOME to one.": (
        "Spark 无法启动，因为此机器上没有 Java；请安装 Java 17 或更新的版本，或设置 JAVA_HOME。"
    ),
    "Spark did not start, because its driver's JVM ended at once: {told}": (
        "Spark 没有启动，因为 driver 的 JVM 立即退出：{told}"
    ),
    "{name} = {value} is more than the {limit} that the platform allows; ask for {limit} at "
    "most, or the platform team for more.": (
        "{name} = {value} 超过平台允许的 {limit}；请最多申请 {limit}，或向平台团队申请更多。"
    ),
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
