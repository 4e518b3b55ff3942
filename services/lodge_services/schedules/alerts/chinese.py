"""Chinese words of alerts: of messages, and of the pages where they are chosen."""

from __future__ import annotations

from . import smtp, vault
from .courier import FAULT, NO_WAY, NOT_TOLD, TOO_LONG
from .webhooks import addresses, posting, sender

MESSAGES: dict[str, str] = {
    # Messages
    "{job} failed": "{job} 失败",
    "{job} is late": "{job} 未按时完成",
    "{job} takes longer than usual": "{job} 用时超过平常",
    "{job} works again": "{job} 已恢复",
    "{job}: a test of its alerts": "{job}：通知测试",
    "Cell {number} failed": "第 {number} 个单元格失败",
    "It was due at {time}.": "计划时间：{time}。",
    "It was tried {count} times.": "共尝试 {count} 次。",
    "You are told no more of its failures until it has succeeded once.": (
        "在它再次成功之前，不再通知后续失败。"
    ),
    "It was due at {time}, and no run has succeeded within {minutes} minutes.": (
        "计划时间为 {time}，{minutes} 分钟内没有一次运行成功。"
    ),
    "It has run for more than {time}, half as long again as its runs usually take.": (
        "已运行超过 {time}，比平常多出一半以上。"
    ),
    "A run has succeeded, in {time}.": "一次运行已成功，用时 {time}。",
    "One had failed before.": "此前有 1 次失败。",
    "{count} had failed before.": "此前有 {count} 次失败。",
    "It was not well since {time}.": "异常始于 {time}。",
    "Alerts of this job arrive here. Nothing has happened to it.": (
        "此任务的通知会送到这里。任务本身并无异常。"
    ),
    "{headline} (and {count} more)": "{headline}（另有 {count} 条）",
    "The cell:": "单元格：",
    "The last lines of its log:": "日志末尾：",
    "Look at it": "查看",
    "Mute it, or choose what is told": "静音或修改通知设置",
    # What became of them
    smtp.AWAY: "邮件服务器 {host} 没有响应。",
    smtp.SLOW: "邮件服务器 {host} 未及时响应。",
    smtp.UNSAFE: "邮件服务器 {host} 的证书不可信，需要管理员处理。",
    smtp.NO_TLS: "邮件服务器 {host} 不支持 STARTTLS，需要管理员处理或更改安全设置。",
    smtp.NO_SIGN_IN: "邮件服务器 {host} 拒绝了 Lodge 的登录，需要管理员处理。",
    smtp.NO_SENDER: "邮件服务器 {host} 不接受 Lodge 的发件人：{said}；需要管理员处理。",
    smtp.NOT_NOW: "邮件服务器 {host} 暂时不接收发给 {address} 的邮件：{said}。",
    smtp.NEVER: "邮件服务器 {host} 不接收发给 {address} 的邮件：{said}。",
    smtp.BROKEN: "邮件服务器 {host} 的回答无法理解。",
    NOT_TOLD: "该接收人已被移除。",
    NO_WAY: "此 Lodge 不再通过这种方式发送通知。",
    TOO_LONG: "超过 {seconds} 秒没有完成。",
    FAULT: "Lodge 未能发送，管理员可在日志中查看原因。",
    posting.AWAY: "无法连接 {host}。",
    posting.SLOW: "{host} 未及时响应。",
    posting.UNSAFE: "{host} 的证书不可信。",
    posting.UNKNOWN: "找不到主机 {host}。",
    sender.REFUSED: "{name} 拒绝了消息：{said}。",
    sender.BUSY: "{name} 暂时无法接收消息：{said}。",
    vault.UNREADABLE: "地址已无法读取，因为 Lodge 的密钥丢失：请移除后重新添加。",
    addresses.PRIVATE: "该地址位于内网，此 Lodge 不向内网发送；请联系管理员，由其允许。",
    # Pages
    "Alerts": "通知",
    "Tell when": "在以下情况通知",
    "it fails, after its last retry": "最后一次重试仍失败",
    "it is late, or takes longer than usual": "未按时完成，或用时超过平常",
    "it works again": "恢复正常",
    "Minutes after its time without a success (empty: only runs that take longer than usual)": (
        "计划时间之后多少分钟内未成功（留空：只看用时是否超过平常）"
    ),
    "Language of messages": "通知语言",
    "Save": "保存",
    "Who is told": "通知谁",
    "Nobody is told of this job.": "此任务不通知任何人。",
    "The bell in JupyterLab": "JupyterLab 中的提醒",
    "Mail": "邮件",
    "Webhook": "Webhook",
    "Slack": "Slack",
    "DingTalk": "钉钉",
    "WeCom": "企业微信",
    "Feishu": "飞书",
    "Mail address, or address of the webhook": "邮箱地址，或 Webhook 地址",
    "Its secret for signing, where it has one": "签名密钥（如有）",
    "Address and secret of a webhook are kept encrypted, and shown to nobody again.": (
        "Webhook 的地址和密钥会加密保存，不会再显示给任何人。"
    ),
    "Alerts of this job": "此任务的通知",
    "I have read them": "我已读过",
    "Remove": "移除",
    "Add": "添加",
    "Add somebody": "添加接收方式",
    "Way": "方式",
    "Send a test": "发送测试",
    "Mute for a day": "静音一天",
    "Unmute": "取消静音",
    "Muted until {time}: nothing is told.": "静音至 {time}，期间不发通知。",
    "What was told": "通知记录",
    "Nothing was told yet.": "还没有发出过通知。",
    "waits to be sent": "等待发送",
    "sent": "已发送",
    "in the bell": "已进入提醒",
    "not sent": "未发送",
    "is tried again: {why}": "将重试：{why}",
    "What is told was saved.": "通知设置已保存。",
    "They are told from now on.": "已添加，今后会收到通知。",
    "They are told no more.": "已移除，今后不再通知。",
    "A test is on its way; what became of it stands below.": "测试通知已发出，结果见下方。",
    "Nothing is told of this job for a day.": "一天之内不会发送此任务的通知。",
    "Alerts of this job are told again.": "此任务恢复通知。",
    "fails": "失败",
    "is late": "未按时完成",
    "takes longer than usual": "用时超过平常",
    "works again": "恢复",
    "a test": "测试",
    "It fails since {time}; runs that failed: {count}.": "自 {time} 起失败，失败次数：{count}。",
    "It is late since {time}.": "自 {time} 起未按时完成。",
    "A run takes longer than usual since {time}.": "自 {time} 起有运行用时超过平常。",
    "Alerts for you": "给您的通知",
    "No alerts": "没有通知",
    "When a schedule of yours fails or works again it is told here.": (
        "您的定时任务失败或恢复时会在这里告知。"
    ),
    "new": "新",
    "{count} new alerts": "{count} 条新通知",
    "1 new alert": "1 条新通知",
    # Errors
    "Nothing says up to which alert you have read.": "没有说明您读到了哪一条通知。",
    "This is no address of a webhook; copy it whole, as the chat shows it.": (
        "这不是 Webhook 地址，请完整复制聊天工具中显示的地址。"
    ),
    "The address holds a name or a password; take them out.": "地址中含有用户名或密码，请去掉。",
    "The address must begin with https://, so that nobody reads along.": (
        "地址必须以 https:// 开头，以免内容被他人读取。"
    ),
    "This is no mail address; write one, such as ada@example.com, without a name.": (
        "这不是邮箱地址，请输入如 ada@example.com 的地址，不带姓名。"
    ),
    "This Lodge writes only to addresses at {domains}; choose one of those.": (
        "此 Lodge 只向 {domains} 的地址发送邮件，请使用其中的地址。"
    ),
    "This Lodge tells nobody by {kind}; ask its administrator, or choose another way.": (
        "此 Lodge 不支持 {kind} 方式，请联系管理员或选择其他方式。"
    ),
    "A test was sent just now; wait a moment for the next one.": ("刚刚已发送过测试，请稍候再试。"),
    "Nobody is told of this job, so a test would reach nobody; add somebody first.": (
        "此任务没有通知对象，测试无人可收；请先添加。"
    ),
    "They are told of this job already.": "该对象已在通知列表中。",
    "A job tells at most {count} recipients; remove one first.": (
        "一个任务最多通知 {count} 个对象，请先移除一个。"
    ),
    "There is no such recipient; they may have been removed.": "没有这个通知对象，可能已被移除。",
}
