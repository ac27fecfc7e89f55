"""The mails' words in Japanese."""

from __future__ import annotations

from typing import Final

MAILS: Final[dict[str, tuple[str, str]]] = {
    "welcome": ("{program}へようこそ", "参加が完了しました。ご注文ごとにポイントがたまり、特典と交換できます。"),
    "points_earned": ("{points}を獲得しました", "ご注文ありがとうございます。{points}がたまりました。"),
    "code_issued": ("特典：{worth}", "専用コードは{code}です。{date}まで、1回のご注文に使えます。"),
    "code_expiring": (
        "コードの期限は{date}です",
        "{worth}が使えます。{date}までに{code}をお使いいただくか、返却してポイントに戻せます。",
    ),
    "points_expiring": ("{points}の期限は{date}です", "{date}までに{points}をお使いください。"),
    "tier_up": ("{name}になりました", "{name}へようこそ。本日から特典をご利用いただけます。"),
    "referral_claimed": (
        "お友だちがギフトを受け取りました",
        "あなたのリンクのギフトが受け取られました。ご注文があると、あなたにも届きます。",
    ),
    "referral_rewarded": ("お友だちがご注文：{worth}をどうぞ", "ご紹介ありがとうございます。お礼は{worth}です。"),
    "referral_blocked": ("ご紹介について", "今回のご紹介は対象になりませんでした。{reason}"),
    "birthday": ("お誕生日おめでとうございます", "ささやかな贈り物です：{worth}。"),
    "milestone": ("{name}を達成しました", "おめでとうございます。{name}の達成で{worth}を差し上げます。"),
    "points_available": (
        "{points}をご利用いただけます",
        "ご注文後の待機期間が終わりました。{points}をご利用いただけます。",
    ),
    "reward_near": ("あと少しです：{worth}", "特典「{worth}」まであと{points}です。"),
    "tier_at_risk": ("{name}は{date}に終了します", "{date}までの当店でのご利用が、{name}と特典の継続につながります。"),
    "statement": ("{program}：{month}のまとめ", "獲得：{came}。利用：{spent}。現在：{points}。"),
    "statement_expiring": ("", "{date}に失効：{expiring}。"),
    "feedback_reply": ("ご意見へのお返事", "{words}"),
    "digest": ("{program}からのお知らせ", ""),
    "button": ("ストアを見る", ""),
    "unsubscribe": ("配信を停止する", ""),
    "why_you": ("{program}に参加されているため、このメールをお送りしています。", ""),
    "unsubscribed": ("配信を停止しました。", ""),
}
