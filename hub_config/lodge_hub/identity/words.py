"""Chinese words of the embedded provider's pages, whose own catalogue has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

if TYPE_CHECKING:
    from pathlib import Path

CHINESE = {
    # Signing in
    "Sign in to %(client)s": "登录 %(client)s",
    "Sign in at %(website)s": "登录 %(website)s",
    "Re-authenticate for %(client)s": "再次登录 %(client)s",
    "The application %(client_name)s requires that you sign in to your %(website_name)s account.": (
        "%(client_name)s 需要你使用 %(website_name)s 账户登录。"
    ),
    "Please enter your password for this account.": "请输入此账户的密码。",
    "Login": "用户名",
    "Password": "密码",
    "Remember me": "记住我",
    "Continue": "继续",
    "Sign in": "登录",
    "Switch account": "切换账户",
    "Log out": "退出登录",
    "Login failed. Please check your information.": "登录失败，请检查填写的内容。",
    "This field is required": "此项必填",
    "About Canaille": "关于 Canaille",
    # The account
    "Profile": "个人资料",
    "Password confirmation": "确认密码",
    "Password and confirmation do not match.": "两次输入的密码不一致。",
    "Your password has been updated successfully.": "密码已更新。",
    "Network error": "网络错误",
}


def write_words(folder: Path) -> None:
    """Write the words as gettext reads them, below ``zh_Hans`` in a folder of translations."""
    catalog = Catalog(locale="zh_Hans", domain="messages")
    for english, chinese in CHINESE.items():
        catalog.add(english, chinese)
    file = folder / "zh_Hans" / "LC_MESSAGES" / "messages.mo"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as written:
        write_mo(written, catalog)
