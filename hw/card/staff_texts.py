"""The words of this room for staff: remedies, checks, faults. The console shows the English, the slip both.
What patients see is written elsewhere.
"""

from typing import NamedTuple


class StaffText(NamedTuple):
    zh: str
    en: str


STAFF_TEXTS = {
    "start_service": StaffText(
        "启动读卡服务：systemctl start pcscd.socket",
        "start the smart card service: systemctl start pcscd.socket",
    ),
    "allow_user": StaffText(
        "在 polkit 中允许本用户：org.debian.pcsc-lite.access_pcsc 和 access_card",
        "allow this user in polkit: org.debian.pcsc-lite.access_pcsc and access_card",
    ),
    "plug_in_reader": StaffText(
        "插好读卡器，或指定一个在线的读卡器", "plug in the card reader, or name one that is there"
    ),
    "free_reader": StaffText(
        "内核的 NFC 驱动占用了读卡器：在 /etc/modprobe.d 中停用（blacklist）该驱动，再重新插拔读卡器",
        "a kernel NFC driver holds the reader: blacklist it in /etc/modprobe.d, then replug the reader",
    ),
    "name_reader": StaffText(
        "有多个读卡器：在配置 [card] 中写明接触、非接触和 PSAM 各用哪一个",
        "several readers: say in [card] which is for contact, which for contactless, which for the PSAM",
    ),
    "replug_reader": StaffText(
        "拔下读卡器，等 5 秒再插上；然后重启 pcscd",
        "unplug the reader, wait 5 s, plug it in again; then restart pcscd",
    ),
    "insert_card": StaffText("插入卡，芯片朝前、朝上", "insert a card, chip first, chip upwards"),
    "leave_card_in": StaffText(
        "重新插卡，读完之前不要拔出", "insert the card again and leave it in until the reading ends"
    ),
    "stop_other_program": StaffText("另一个程序占用了卡：请停掉它", "another program uses the card: stop it"),
    "turn_and_clean_card": StaffText(
        "把卡翻面，擦净触点，或换一张卡再试", "turn the card round, clean its contacts, try another card"
    ),
    "try_another_card": StaffText(
        "拔出卡，换一张再试；换卡仍无应答，则重插读卡器",
        "pull the card; try another one; if that one is silent too, replug the reader",
    ),
    "try_again": StaffText("请再试一次", "try again"),
    "use_social_security_card": StaffText("这不是社会保障卡", "this is not a social-security card"),
    "ask_card_office": StaffText(
        "请持卡人到发卡机构检查此卡", "the card must be seen by the office that issued it"
    ),
    "use_electronic_code": StaffText(
        "此卡须认证后才能读出持卡人：请改用医保电子凭证",
        "the card keeps its holder's data from this terminal: use the electronic code",
    ),
    "renew_card": StaffText("卡已过有效期：请持卡人换卡", "the card has expired: its holder should renew it"),
    "seat_security_module": StaffText(
        "插好 PSAM 卡，并核对配置 [card] psam 的读卡器名",
        "put the security module into its slot; check the reader pattern of [card] psam",
    ),
    "check_security_module": StaffText(
        "PSAM 或密钥与此卡版本不符：请联系其发放单位",
        "security module or key profile does not fit this card's version: ask who issued the module",
    ),
    "check_security_service": StaffText(
        "卡认证服务无应答：检查网络、证书和地址",
        "the card authentication service does not answer: check network, certificate and address",
    ),
    "ask_agency": StaffText(
        "卡和读卡器正常：仍不能结算时，请查网络和参保状态",
        "card and reader work: if it still fails, look at the network and at the insurance status",
    ),
    "give_configuration": StaffText(
        "要查参保账户：停止终端程序，加 --config 再查",
        "to ask about the account: stop the terminal and give --config",
    ),
    "stop_terminal": StaffText(
        "终端程序正在运行，报文编号归它使用：要查参保账户，先停止终端程序",
        "the terminal runs, and message numbers are its own: stop it to ask about the account",
    ),
    "be_terminal_user": StaffText(
        "要查参保账户：用终端程序的用户运行本命令",
        "to ask about the account: run this command as the terminal's own user",
    ),
    "run_doctor": StaffText(
        "参保账户查不了：用 kiosk doctor 检查本机的密钥、配置和账本",
        "the account could not be asked about: look at keys, configuration and journal with kiosk doctor",
    ),
    "cancel_loss_report": StaffText(
        "此卡已挂失：请持卡人解除挂失，或改用医保电子凭证",
        "the card is reported lost: its holder should cancel the report, or use the electronic code",
    ),
    "correct_person": StaffText(
        "卡上的人与医保中心登记的不一致：请持卡人到医保经办机构核对",
        "card and agency name two persons: its holder should have that corrected at the insurance office",
    ),
    "tell_refusal": StaffText(
        "卡能读出，医保中心拒绝：把拒绝的原文告诉医保经办机构",
        "the card works, the insurance agency refused it: tell the insurance office what it said",
    ),
    "check_terminal_at_agency": StaffText(
        "医保中心拒绝本机签到：核对机构编号、地址和证书",
        "the insurance agency refuses this terminal: check institution code, address and certificate",
    ),
    "ask_insurance_office": StaffText(
        "卡正常，参保状态异常：请持卡人到医保经办机构",
        "the card works, the insurance status does not: its holder should ask the insurance office",
    ),
    "check_network": StaffText(
        "卡正常，医保中心无应答：检查网络",
        "the card works, the insurance agency does not answer: check the network",
    ),
}
"""What to do, by remedy."""

CHECKS = {
    "service": StaffText("读卡服务", "card service"),
    "reader": StaffText("读卡器", "reader"),
    "card": StaffText("芯片应答", "chip"),
    "application": StaffText("社保应用", "application"),
    "validity": StaffText("有效期与数据", "validity"),
    "steadiness": StaffText("读卡稳定性", "steadiness"),
    "account": StaffText("参保账户", "account"),
}
"""What was looked at."""

STATES = {
    "ok": StaffText("正常", "ok"),
    "warn": StaffText("注意", "warning"),
    "fail": StaffText("异常", "failed"),
    "skip": StaffText("未查", "not asked"),
}

FAULTS = {
    "service": StaffText("读卡服务", "card service"),
    "reader": StaffText("读卡器", "reader"),
    "card": StaffText("卡片", "card"),
    "network": StaffText("网络", "network"),
    "account": StaffText("参保账户", "account"),
    "none": StaffText("未发现故障", "no fault found"),
}
"""Where to look first."""
