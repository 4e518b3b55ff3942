"""Chinese words of the pages that all services share."""

MESSAGES = {
    "Home": "主页",
    "Gallery": "作品库",
    "Schedules": "定时任务",
    "Sign out": "退出登录",
    "Skip to the content": "跳到正文",
    "Main": "主导航",
    "just now": "刚刚",
    "in a moment": "马上",
    "{count} second ago": "{count} 秒前",
    "{count} seconds ago": "{count} 秒前",
    "{count} minute ago": "{count} 分钟前",
    "{count} minutes ago": "{count} 分钟前",
    "{count} hour ago": "{count} 小时前",
    "{count} hours ago": "{count} 小时前",
    "{count} day ago": "{count} 天前",
    "{count} days ago": "{count} 天前",
    "{count} month ago": "{count} 个月前",
    "{count} months ago": "{count} 个月前",
    "{count} year ago": "{count} 年前",
    "{count} years ago": "{count} 年前",
    "in {count} second": "{count} 秒后",
    "in {count} seconds": "{count} 秒后",
    "in {count} minute": "{count} 分钟后",
    "in {count} minutes": "{count} 分钟后",
    "in {count} hour": "{count} 小时后",
    "in {count} hours": "{count} 小时后",
    "in {count} day": "{count} 天后",
    "in {count} days": "{count} 天后",
    "in {count} month": "{count} 个月后",
    "in {count} months": "{count} 个月后",
    "in {count} year": "{count} 年后",
    "in {count} years": "{count} 年后",
    "This did not work": "没有成功",
    "There is nothing here": "这里什么都没有",
    "Try again": "重试",
    "Sign in": "登录",
    "Go to the gallery": "前往作品库",
    "Back": "返回",
    # What any page may say is not possible; values are in braces.
    "{name} may not do this: the scope {scope} is not granted; ask an administrator for it.": (
        "{name} 不能执行此操作：没有权限 {scope}，请联系管理员。"
    ),
    "Signing in did not finish, because the page was used before or waited too long; open the page "
    "you wanted again.": "登录未完成：此页面已用过或等待过久，请重新打开您要访问的页面。",
    "The hub did not say who you are; try again in a moment.": "Hub 没有确认您的身份，请稍后再试。",
    "This page was open for too long to change anything; reload it and try again.": (
        "此页面打开过久，无法再作更改，请重新加载后再试。"
    ),
    "Nobody is signed in, or the token is not valid; sign in and try again.": (
        "尚未登录或令牌无效，请登录后再试。"
    ),
    "A page of another origin asked for this with your sign-in, which it may not use; open Lodge's "
    "own page for it, or show a token.": (
        "另一个来源的页面以您的登录身份提出了此请求，这是不允许的；"
        "请打开 Lodge 自己的页面，或出示令牌。"
    ),
    "The request has {length} MB, and at most {most} MB are accepted; clear large outputs and send "
    "it again.": "请求大小为 {length} MB，最多允许 {most} MB；请清除较大的输出后再发送。",
    "There is nothing at this address; go back, or begin at the gallery.": (
        "此地址没有内容，请返回，或从作品库开始。"
    ),
    "{method} is not possible at this address.": "此地址不支持 {method}。",
    "Lodge could not finish this because of a fault of its own; try again, and tell your "
    "administrator the incident {incident} if it stays.": (
        "由于 Lodge 自身的故障，此操作未能完成；请重试，"
        "如仍然失败，请将事件编号 {incident} 告知管理员。"
    ),
}
