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
