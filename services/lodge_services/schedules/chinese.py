"""Chinese words of the pages of schedules."""

from __future__ import annotations

from lodge_runner.endings import ASKED

from .alerts.chinese import MESSAGES as ALERTS
from .outcome import STOPPED

MESSAGES: dict[str, str] = ALERTS | {
    # States and spans
    "Queued": "排队中",
    "Running": "运行中",
    "Succeeded": "成功",
    "Failed": "失败",
    "Cancelled": "已取消",
    "{seconds} s": "{seconds} 秒",
    "{minutes} min {seconds} s": "{minutes} 分 {seconds} 秒",
    "{hours} h {minutes} min": "{hours} 小时 {minutes} 分",
    # Jobs
    "Schedules of {owner}": "{owner} 的定时任务",
    "Schedules of all": "所有人的定时任务",
    "Owner": "所有者",
    "Everybody": "所有人",
    "Show": "显示",
    "No jobs yet": "还没有任务",
    "Notebooks that run on their own belong here. Open one in JupyterLab and press Schedule.": (
        "自动运行的笔记本会列在这里。请在 JupyterLab 中打开一个笔记本，然后点击“定时”。"
    ),
    "Open JupyterLab": "打开 JupyterLab",
    "No runs yet": "还没有运行过",
    "Last {count} runs": "最近 {count} 次运行",
    "Only when asked": "仅手动运行",
    "Next": "下次",
    "No more times": "不会再运行",
    "Paused": "已暂停",
    "Run now": "立即运行",
    "Pause": "暂停",
    "Resume": "恢复",
    "Pages": "分页",
    "First page": "第一页",
    "Older jobs": "更早的任务",
    "Can't be read": "无法读取",
    "What is kept of this job can't be read; delete it, and schedule the notebook again.": (
        "此任务保存的内容无法读取；请删除它，再重新安排该笔记本。"
    ),
    "What is kept of this run can't be read; run the job again.": (
        "此次运行保存的内容无法读取；请重新运行该任务。"
    ),
    # One job
    "Where you are": "当前位置",
    "Runs": "运行记录",
    "State": "状态",
    "When": "时间",
    "Started by": "触发方式",
    "Duration": "用时",
    "Schedule": "定时",
    "late": "延迟",
    "Newest runs": "最新的运行",
    "Older runs": "更早的运行",
    "Run again": "重新运行",
    "For the same time, with the same parameters, and the notebook as it is scheduled now": (
        "针对同一时间，使用相同的参数和当前定时的笔记本"
    ),
    "Run again with other parameters": "用其他参数重新运行",
    "The run has not ended yet; cancel it, or wait until it has.": (
        "此次运行尚未结束；请取消它，或等它结束。"
    ),
    # What a job waits for
    "Waits for": "等待",
    "Waits for…": "等待…",
    "Wait for it": "等待它的任务",
    "a job that was deleted": "已删除的任务",
    "No other job has a schedule": "没有其他带定时的任务",
    "A job waits for jobs that stand for times, too. Schedule the notebook that makes the data "
    "first.": "任务只能等待同样有定时的任务。请先为产生数据的笔记本设置定时。",
    "Back to the job": "返回任务",
    "A run of the schedule begins once these have succeeded for all of the time that it stands "
    "for. A run that you ask for by hand does not wait.": (
        "这些任务在该次运行所代表的全部时段都成功后，定时运行才会开始。手动运行不等待。"
    ),
    "Jobs": "任务",
    "Hours after which a run that still waits fails": "等待超过多少小时后运行失败",
    "Save": "保存",
    "Name the hours as a number, such as 24 or 0.5.": "请用数字填写小时，例如 24 或 0.5。",
    "Runs of the jobs that wait for it will fail until they wait for something else.": (
        "等待它的任务会一直失败，直到改为等待其他任务。"
    ),
    "The run waits until {names} succeeded for the same time, until {time} at most.": (
        "此次运行在等待 {names} 在同一时段成功，最晚到 {time}。"
    ),
    "The run did not begin, since its data is not ready: {names} did not succeed for the same "
    "time until the deadline; when that has run, run this again.": (
        "运行没有开始，因为数据未就绪：{names} 到期限为止没有在同一时段成功；等它运行后请重新运行。"
    ),
    "The run did not begin, since a job that it waits for was deleted; choose what the job "
    "waits for anew, then run it again.": (
        "运行没有开始，因为它等待的任务已被删除；请重新选择要等待的任务，再运行。"
    ),
    "The jobs would wait for each other in a circle; leave one of them out.": (
        "这些任务会互相循环等待；请去掉其中一个。"
    ),
    # Past times
    "Past times": "补跑",
    "Run for past times": "补跑过去的时间",
    "Run for past times…": "补跑过去的时间…",
    "Cancel {count} waiting": "取消排队中的 {count} 次",
    "One that runs goes on": "正在运行的会继续",
    "Each time of the schedule in the range gets its run, with the parameters and the interval "
    "that it would have had. Days are those of {timezone}.": (
        "范围内每个定时时间都会运行一次，参数和时间区间与当时按时运行相同。"
        "日期按 {timezone} 时区计算。"
    ),
    "First day": "第一天",
    "Last day": "最后一天",
    "Also what has run already": "已成功运行过的也再运行",
    "One run for all of it": "合并为一次运行",
    "Look at it first": "先预览",
    "{count} times of the schedule": "{count} 个定时时间",
    "One run will start as soon as it may.": "将尽快开始一次运行。",
    "{count} runs will start, one after the other; runs of the schedule go first.": (
        "将依次开始 {count} 次运行；定时运行优先。"
    ),
    "They take about {time} together, as the last ones did.": "按最近的运行估计，共需约 {time}。",
    "Start the run": "开始运行",
    "Start {count} runs": "开始 {count} 次运行",
    "Leave it": "不运行",
    "All of it has run, or waits to. Tick “Also what has run already” to run it once more.": (
        "全部已经运行过或正在排队。勾选“已成功运行过的也再运行”可再次运行。"
    ),
    "The schedule has no time in this range that has come yet.": "此范围内还没有已到的定时时间。",
    "Name the first and the last day, each as in 2026-11-29.": (
        "请填写第一天和最后一天，格式如 2026-11-29。"
    ),
    "The range ends before it begins; change one of its ends.": "结束早于开始，请修改其中一个。",
    "The range has more than {count} times of the schedule; take a part of it first.": (
        "此范围超过 {count} 个定时时间，请先选择其中一部分。"
    ),
    "All of this range has run, or waits to; ask for it again to run it once more.": (
        "此范围全部已经运行过或正在排队；如需再运行，请勾选重新运行。"
    ),
    "No more than {count} runs of a job may wait; take a shorter range, or wait until some have "
    "run.": ("一个任务最多排队 {count} 次运行；请缩短范围，或等其中一些运行完。"),
    "The job has no times, so there is no range of them; run it now, with parameters.": (
        "此任务没有定时，因此没有可补跑的时间；请带参数立即运行。"
    ),
    "for {span}": "代表 {span}",
    "not run yet": "尚未运行",
    "waits or runs": "排队或运行中",
    "has run": "已运行",
    "{count} more are not listed.": "另有 {count} 个未列出。",
    "Next times": "接下来的时间",
    "Notebook": "笔记本",
    "Parameters": "参数",
    "Delete this job": "删除此任务",
    "The job, its runs and their results are deleted; a run that goes on is cancelled. "
    "The notebook stays.": "任务、其运行记录和结果都会被删除，进行中的运行会被取消。笔记本会保留。",
    "Write the name of the job to confirm": "请输入任务名称以确认",
    "Delete": "删除",
    # One run
    "Show all": "全部显示",
    "Cancel": "取消",
    "Cancelling…": "正在取消…",
    "Started": "开始时间",
    "not yet": "尚未开始",
    "Cells": "单元格",
    "Cells that are done": "已完成的单元格",
    "The run waits for its turn; it begins on its own.": "正在排队，轮到时会自动开始。",
    "The run begins.": "正在启动。",
    "{done} of {total} cells are done": "已完成 {done} / {total} 个单元格",
    "Cell {number} failed": "第 {number} 个单元格失败",
    "What failed": "失败原因",
    "Show it in the notebook": "在笔记本中查看",
    "Download": "下载",
    "The notebook is too large to be shown here; download it.": "笔记本过大，无法显示，请下载。",
    "The executed notebook appears here when the run has ended.": "运行结束后，这里会显示结果。",
    "The run left no notebook.": "此次运行没有留下笔记本。",
    "Log": "日志",
    "The log is empty.": "日志为空。",
    # Errors
    ASKED: "运行时无人回答提问：请把单元格所问的内容改为参数。",
    STOPPED: "Lodge 停止，运行被中断，请重新运行。",
    "The run was interrupted from outside of Lodge; run it again.": (
        "运行被 Lodge 以外的操作中断，请重新运行。"
    ),
    "The run was interrupted: its process was killed, often because memory ran out; "
    "use less data, or run it again.": (
        "运行被中断：进程被强行终止，通常是内存不足。请减少数据量，或重新运行。"
    ),
    "The run was interrupted: its process is gone and left no result, as after a restart "
    "of the machine; run it again.": (
        "运行被中断：进程已不存在且没有留下结果（例如机器重启之后），请重新运行。"
    ),
    "There is no such job; it may have been deleted.": "没有这个任务，可能已被删除。",
    "There is no such run; its job may have been deleted.": "没有这次运行，其任务可能已被删除。",
    "Only administrators see the jobs of others; open your own.": (
        "只有管理员能查看他人的任务，请打开您自己的任务。"
    ),
    "The job was not deleted, because the name that was written is not the job's; "
    "go back and write it as it is shown.": (
        "任务没有删除，因为输入的名称与任务名称不一致。请返回并按显示的名称输入。"
    ),
    "Page": "页面",
    "Its page in the gallery": "作品库中的页面",
    "Each successful run is put there.": "每次成功的运行都会放到该页面。",
    "Each successful run is put there and brought to the wiki.": (
        "每次成功的运行都会放到该页面，并同步到 Wiki。"
    ),
    "Put no more runs there": "不再放置运行结果",
    "What is there stays": "已有内容保留不变",
    "not on its page": "未放到页面",
    "This run is not on its page in the gallery:": "此次运行未能放到作品库中的页面：",
    "This run is not on its page in the gallery yet, and is tried again:": (
        "此次运行尚未放到作品库中的页面，稍后会重试："
    ),
    "This run is being put on its page in the gallery.": "正在将此次运行放到作品库中的页面。",
    "Try again now": "立即重试",
    "Version {number} in the gallery": "作品库中的版本 {number}",
    "The gallery does not answer at the moment.": "作品库目前没有响应。",
    (
        "The job's owner has no such page in the gallery: it was deleted, or belongs to somebody "
        "else now. Share the notebook again, or name another page."
    ): (
        "任务所有者在作品库中没有此页面：它已被删除或现在属于他人。"
        "请重新分享笔记本，或改用其他页面。"
    ),
    "The run's notebook is gone, so it can't be put on the page.": (
        "此次运行的笔记本已不存在，无法放到页面。"
    ),
    (
        "The run's notebook holds what looks like secrets ({named}), which the notebook that was "
        "shared did not; take them out, or share the run's notebook by hand if they are none."
    ): (
        "此次运行的笔记本中似乎含有密钥（{named}），而已分享的笔记本中没有；"
        "请将其移除，如果不是密钥，请手动分享此次运行的笔记本。"
    ),
    "A run stands for the whole hours since the last one.": "每次运行代表自上一次以来的整小时。",
    "A run stands for the whole days since the last one.": "每次运行代表自上一次以来的整天。",
    "A run stands for the whole weeks since the last one.": "每次运行代表自上一次以来的整周。",
    "A run stands for the whole months since the last one.": "每次运行代表自上一次以来的整月。",
    "Times that were missed get one run for all of them.": "错过的时间合并运行一次。",
    "Each time that was missed gets a run.": "每个错过的时间都会补一次运行。",
    "Times that were missed are left out.": "错过的时间不再补上。",
    "One that fails is tried {count} more time.": "失败后最多再试 {count} 次。",
    "One that fails is tried {count} more times.": "失败后最多再试 {count} 次。",
    "One that takes longer than {time} is ended.": "超过 {time} 的运行会被终止。",
    "It begins at {time}.": "自 {time} 起生效。",
    "It ends at {time}.": "至 {time} 为止。",
    "Stands for": "代表时段",
    "Attempt": "尝试次数",
    "attempt {number}": "第 {number} 次尝试",
    "The last attempt failed; the next one begins on its own, not before {time}.": (
        "上次尝试失败；下一次会自动开始，不早于 {time}。"
    ),
    (
        "The run was ended because it took longer than its {seconds} seconds; give the job more "
        "time, or make the notebook quicker."
    ): "运行超过了 {seconds} 秒的限制而被终止；请给任务更多时间，或让笔记本更快。",
    "Lodge failed to put the run on the page; its administrator finds why in the log.": (
        "Lodge 未能将此次运行放到页面，管理员可在日志中查看原因。"
    ),
}
