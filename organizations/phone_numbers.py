"""What a phone number says by itself."""

import phonenumbers


def receives_sms(phone) -> bool:
    """Whether a text message can reach this number, as far as the number itself says."""
    return phonenumbers.number_type(phone) not in {
        phonenumbers.PhoneNumberType.FIXED_LINE,
        phonenumbers.PhoneNumberType.TOLL_FREE,
        phonenumbers.PhoneNumberType.PREMIUM_RATE,
        phonenumbers.PhoneNumberType.SHARED_COST,
    }
