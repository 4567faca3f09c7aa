"""Every trap of the systems' formats, in the order of the vendors, and the test that walks into it."""

from __future__ import annotations

TRAPS: dict[str, dict[str, str]] = {
    "GoHighLevel": {
        "columns follow the list view, any may be absent": "test_the_default_export_is_recognised_and_compared",
        "ids tell case": "test_a_ghl_id_whose_case_was_lost_is_a_conflict",
        "last activity is no change of the record": "test_last_activity_never_makes_a_row_older",
        "tags hold colons, digits, currency signs": "test_tags_with_colons_digits_and_currency_signs_stay_whole",
        "opportunities in one cell cannot be split": "test_opportunities_in_one_cell_are_shown_and_never_split",
        "cells with line breaks, blank lines between rows": (
            "test_a_blank_line_and_a_cell_of_two_lines_are_no_rows_of_their_own"
        ),
        "phones typed by hand, 00 before the country": "test_a_phone_with_a_00_prefix_is_the_same_number",
        "a phone of no country": "test_a_local_phone_is_kept_as_written_and_is_no_key",
        "webhooks carry the whole record and no id": "test_two_events_of_one_contact_are_two_events",
        "an absent dnd means false": "test_an_absent_dnd_means_false_in_a_dnd_event_and_nothing_elsewhere",
        "dnd settings per channel": "test_an_opt_out_of_one_channel_is_told_by_its_status",
        "permanent means opted out": "test_a_permanent_do_not_disturb_is_an_opt_out",
        "messages and calls carry the contact's id alone": "test_a_message_is_appended_by_its_contact_id_alone",
        "a sample of a deletion calls itself a creation": (
            "test_a_deletion_sample_that_calls_itself_a_creation_is_no_deletion"
        ),
        "an outbound message says inbound": "test_an_outbound_message_that_says_inbound_is_a_contradiction",
        "a workflow's webhook has other spellings": (
            "test_a_workflows_webhook_has_other_spellings_and_is_the_same_contact"
        ),
        "an event that came twice": "test_the_same_event_delivered_twice_is_told",
        "an update refuses location and company": "test_no_request_carries_a_token_a_host_or_a_location_on_an_update",
        "company is taken of a new contact only": (
            "test_what_ghl_takes_of_a_new_contact_only_is_listed_as_lost_on_an_update_by_request"
        ),
        "an import row needs a name, an e-mail or a phone": (
            "test_a_ghl_import_needs_a_name_e_mail_or_phone_so_a_city_is_a_request_without_location"
        ),
        "an update replaces all tags": "test_tags_of_ghl_are_added_and_removed_and_never_replaced",
        "an upsert merges two contacts in silence": "test_keys_of_two_people_disagree",
        "one person in two locations": "test_an_event_of_another_location_is_an_error_row",
        "an API record has names in small letters": "test_small_letters_of_an_api_record_are_no_change_of_name",
        "names in two cells against one": "test_one_name_agrees_with_a_map_that_keeps_it_in_two",
        "an app that was removed": "test_what_is_bound_for_ghl_is_held_once_its_app_was_removed",
    },
    "Close": {
        "exports come as gzip": "test_a_gzip_is_read_like_the_file_in_it",
        "the original dates have five decimals": "test_the_original_date_form_with_five_decimals_tells_which_is_newer",
        "the Excel dates are UTC and do not say so": "test_the_excel_date_form_is_utc_although_it_says_no_zone",
        "the id of a leads export is the lead's": (
            "test_the_id_of_a_leads_export_is_the_leads_and_the_person_is_found_by_e_mail"
        ),
        "a lead's id stands where a contact's should": "test_a_leads_id_in_a_contacts_place_is_told",
        "200 and more columns": "test_two_hundred_custom_columns_do_not_hide_the_table",
        "other e-mails parted in any way": "test_other_e_mails_are_parted_by_semicolon_comma_or_line",
        "two e-mails in one cell": "test_two_e_mails_in_one_cell_are_two_keys_and_never_the_first",
        "an emoji before a name": "test_a_leading_emoji_of_a_name_is_a_change_that_a_person_sees",
        "calls are matched by the other number": "test_a_call_of_the_vendors_script_is_matched_by_the_other_number",
        "the time of an event has no zone": "test_an_event_time_without_a_zone_never_makes_it_older",
        "only changed fields count": "test_a_change_event_writes_the_changed_field_alone",
        "amounts of the API are cents": "test_an_opportunity_event_counts_in_hundredths",
        "a merged lead's id is an old id": "test_a_merged_lead_with_two_contacts_is_about_neither_by_itself",
        "a contact without a lead makes a new lead": "test_a_new_contact_of_close_is_made_with_its_lead_in_words",
        "an update of a list replaces it": (
            "test_a_close_contact_is_changed_in_the_fields_that_changed_and_told_what_a_whole_list_means"
        ),
        "one e-mail on several leads": "test_failure_01_two_map_rows_with_one_email_hide_nobody_and_accuse_nobody",
        "ids tell case": "test_two_ids_that_differ_in_case_only_stay_two",
    },
    "Copper": {
        "a webhook has up to thirty ids": "test_a_notice_of_several_ids_is_one_row_for_each",
        "new and deleted records are told by id alone": (
            "test_a_new_person_of_whom_only_the_id_is_told_is_held_and_not_taken_for_unchanged"
        ),
        "an update tells old and new": "test_an_update_stages_the_new_one_of_the_two_values",
        "each type has its own ids": "test_a_leads_number_is_never_taken_for_the_person_of_the_same_number",
        "records count in seconds": "test_a_record_with_a_second_address_finds_its_person",
        "a lead has one e-mail, no list": "test_a_lead_record_has_one_address_and_no_persons_id",
        "an opportunity has one person by id": "test_an_opportunitys_person_is_found_by_id",
        "null clears nothing": "test_a_null_or_blank_address_clears_nothing",
        "ids in scientific notation": "test_an_id_in_scientific_notation_is_refused_with_the_reason",
    },
    "Zapier": {
        "nested names are flattened": "test_a_flattened_person_is_the_person_of_its_system",
        "a file of one row": "test_a_flattened_event_in_a_table_of_one_row_is_its_systems_event",
        "lists are joined by commas": "test_addresses_that_are_joined_by_commas_are_keys_of_their_own",
        "labels with the number of the step": (
            "test_names_as_people_read_them_with_the_number_of_the_step_are_the_same"
        ),
        "the history of a Zap": (
            "test_the_history_of_a_zap_is_its_systems_events_and_what_it_says_of_the_run_is_none_of_them"
        ),
        "a run as the API has it": "test_the_output_of_a_run_is_the_payload_and_a_run_without_one_is_an_error_row",
        "None and null as text": "test_the_words_none_and_null_say_nothing_and_clear_nothing",
        "a prefix before every name": "test_a_word_before_every_name_of_an_export_is_left_out",
    },
    "Gmail and Google Contacts": {
        "separator lines with and without a zone": "test_a_mail_of_a_takeout_is_the_activity_that_the_api_would_tell",
        "lines of the text that start with From": "test_a_line_of_the_text_that_starts_with_from_is_no_new_mail",
        "labels encoded, raw and localised": ("test_raw_letters_in_a_header_and_a_charset_that_nobody_knows_are_read"),
        "one Message-ID under two labels": "test_one_mail_under_two_labels_is_one_mail",
        "the same in the API": ("test_one_message_id_with_other_labels_is_the_same_message_and_not_staged_twice"),
        "a Date that cannot be read": "test_a_date_that_is_none_yields_to_the_time_of_receipt_with_a_note",
        "an empty From": "test_an_empty_from_is_nobody",
        "an empty file": "test_an_empty_file_is_one_sentence",
        "headers repeat, in any case": "test_headers_are_found_in_any_case_and_among_repeats",
        "no Message-ID": "test_a_message_without_a_message_id_is_named_by_gmails_own",
        "several recipients": "test_a_mail_to_several_contacts_is_about_none_of_them_by_itself",
        "our own side": "test_the_other_party_of_a_message_that_we_sent_is_its_recipient",
        "dots and tags are no spelling": "test_dots_and_a_tag_in_an_address_make_another_address",
        "dots in contacts": "test_dots_in_an_address_are_not_taken_out",
        "machines are no contacts": "test_mail_of_a_machine_in_a_takeout_is_about_nobody",
        "today's and the older header": "test_the_header_of_today_and_the_older_one_are_read",
        "starred labels and own groups": "test_googles_own_groups_are_no_tags",
        "a starred label beside an address": "test_a_starred_label_beside_an_address_is_no_part_of_it",
        "values parted by three colons": "test_values_in_one_cell_are_parted_at_three_colons",
        "as many columns as the richest contact has": (
            "test_there_are_as_many_numbered_columns_as_the_richest_contact_has"
        ),
        "a birthday without a year": "test_a_birthday_without_its_year_is_left_out_with_a_note",
        "the Outlook form in a code page": "test_the_outlook_form_is_read_in_the_code_page_of_windows",
    },
    "OpenPhone": {
        "a call without an id": "test_a_call_without_an_id_is_named_by_its_event",
        "text or body": "test_the_text_of_a_message_is_read_by_its_old_and_its_new_name",
        "to is a text or a list": "test_a_recipient_is_a_text_or_a_list",
        "completed, though it is voicemail": "test_a_call_that_went_to_voicemail_is_not_told_as_completed",
        "a call makes several events": "test_a_call_that_rings_and_ends_is_staged_once",
        "the other party by direction": (
            "test_the_other_party_is_who_sent_an_incoming_message_and_who_got_an_outgoing_one"
        ),
        "short codes": "test_a_short_code_and_a_withheld_number_are_no_identity",
        "participants": "test_a_call_with_participants_is_of_one_contact_or_held",
        "a log of calls that nobody documents": "test_the_export_of_the_call_log_is_told_by_both_ends_and_the_way",
        "contacts as CSV without ids": "test_a_list_of_contacts_has_no_ids_and_is_matched_by_number_and_address",
    },
    "Salesforce": {
        "capitals of Data Loader": "test_the_capitals_of_data_loader_are_the_same_columns",
        "labels of a report": "test_a_report_with_labels_and_no_id_is_matched_by_its_e_mail",
        "the footer of a report": "test_the_footer_of_a_salesforce_report_is_left_out",
        "ids of 15 and 18 characters": "test_an_id_of_18_characters_finds_the_contact_that_the_map_knows_by_15",
        "lost case": "test_an_id_whose_case_a_spreadsheet_has_lost_finds_its_contact",
        "checks that do not fit": "test_an_id_whose_checks_do_not_fit_is_no_key_and_holds_the_row",
        "an offset without a colon": "test_an_offset_without_a_colon_is_a_time_and_tells_that_a_row_is_older",
        "a Z before an offset": "test_a_literal_z_before_an_offset_yields_to_the_offset",
        "dates that went through Excel": "test_dates_that_went_through_excel_are_read_and_the_choice_is_told",
        "booleans in four spellings": "test_consent_in_every_word_is_read_and_a_word_that_is_none_is_an_error",
        "an address as JSON in a cell": "test_an_address_as_one_json_text_is_shown_and_staged_nowhere",
        "a byte order mark": "test_a_byte_order_mark_is_kept_and_said",
        "deleted and merged rows": "test_a_deleted_record_is_held_and_nothing_is_deleted_because_of_it",
        "a merged record's survivor": "test_a_merged_record_leads_to_its_survivor_and_is_held",
        "a converted lead": "test_a_converted_lead_is_the_contact_that_it_became",
        "an opportunity has no contact": "test_an_opportunity_without_a_contact_is_an_error_row",
        "prefixes of other objects": "test_an_id_of_another_object_in_a_contacts_place_is_told",
        "ids in scientific notation": "test_an_id_in_scientific_notation_is_refused_with_the_reason",
        "several records in one change event": "test_one_change_event_of_two_records_is_two_rows",
        "a wildcard for an id": "test_a_wildcard_of_a_gap_is_no_record",
        "nulled fields": "test_a_field_that_was_nulled_is_told_and_clears_nothing",
        "a compound name": "test_the_name_of_a_created_contact_may_be_an_object",
        "result files with a last column more": "test_a_result_file_of_a_data_load_is_the_same_table",
    },
    "HubSpot": {
        "labels or internal names": "test_an_export_with_internal_names_is_the_same_table",
        "labels in other languages": "test_labels_in_the_language_of_the_user_are_the_same_columns",
        "labels that stand there twice": "test_the_second_column_of_a_name_is_called_by_its_position_too",
        "one contact on several rows": "test_a_contact_exported_with_its_companies_repeats_and_is_held",
        "numbers with .0": "test_a_record_id_with_a_decimal_tail_is_the_id_and_is_told",
        "ids of 12 digits shown in scientific notation": (
            "test_a_record_id_in_scientific_notation_is_refused_with_the_reason"
        ),
        "ids of eleven and twelve digits": "test_ids_of_eleven_and_twelve_digits_are_ids",
        "times without a zone": "test_a_time_without_a_zone_is_never_said_to_be_older",
        "an association label without its blank": (
            "test_an_association_label_without_its_blank_does_not_hide_the_table"
        ),
        "a lead status as label and as value": "test_a_lead_status_is_the_same_as_label_and_as_internal_value",
        "Name (id) in notes": "test_a_note_is_matched_by_the_id_in_name_and_id",
        "merged ids": "test_merged_record_ids_that_no_map_knows_hold_nothing",
        "further e-mails": "test_a_second_e_mail_that_is_another_contacts_holds_the_row",
        "durations in milliseconds": "test_call_durations_are_milliseconds",
        "one property per event": "test_a_property_change_is_one_changed_field",
        "a cleared property is an empty text": "test_a_cleared_property_is_said_to_clear",
        "sensitive values are REDACTED": "test_a_sensitive_value_is_never_written_as_redacted",
        "test events with objectId 123": "test_the_vendors_test_events_are_about_nobody",
        "attempts": ("test_an_event_that_was_sent_again_is_the_same_event_and_another_value_under_its_id_is_not"),
        "merges and deletions": "test_deletions_and_merges_are_held_and_delete_nothing",
        "other objects": "test_companies_are_reference_and_tickets_and_associations_unknown",
        "a large CSV is zipped": "test_each_table_of_a_zip_is_a_source",
    },
    "Pipedrive": {
        "casing and trailing blanks of headers drift": (
            "test_casing_blanks_and_older_spellings_of_headers_are_the_same_table"
        ),
        "all values of a list in one cell": "test_all_addresses_and_numbers_in_one_cell_are_keys_of_their_own",
        "an activity export has person columns": ("test_an_activity_export_with_person_columns_is_no_export_of_people"),
        "a deal export has a contact person": "test_a_deal_export_is_told_by_its_title_and_not_by_the_contact_person",
        "notes are HTML with line breaks": "test_notes_with_line_breaks_stay_in_one_row",
        "serial numbers for dates": ("test_dates_in_the_users_own_form_and_serial_numbers_are_read_with_a_note"),
        "durations as HH:MM": "test_hours_and_minutes_are_seconds_and_html_is_kept_as_written",
        "no consent is neither": "test_no_consent_neither_sets_nor_clears_an_opt_out",
        "unsubscribed only one way": "test_unsubscribed_is_an_opt_out_that_only_a_typed_reason_stages",
        "the primary e-mail stands anywhere": ("test_the_address_marked_as_primary_is_the_persons_wherever_it_stands"),
        "a merged person": "test_a_merged_person_is_told_by_what_it_was_and_nothing_is_deleted",
        "version 2 tells only changed keys": "test_what_version_2_does_not_name_as_changed_is_not_written",
        "labels come as ids": "test_ids_of_labels_are_shown_and_never_become_tags",
        "a lead is no person": "test_a_lead_event_is_an_unknown_event_and_never_a_persons",
        "a deal carries a person's id alone": ("test_a_deal_event_is_about_the_person_of_its_id_and_not_of_its_name"),
        "retries": "test_an_event_that_was_tried_again_is_the_same_event",
        "names are not unique": "test_the_name_of_a_contact_person_is_no_identity",
    },
    "Zoho": {
        "the prefix of a backup": "test_the_prefix_of_a_backups_ids_is_left_out",
        "id columns beside labels": "test_the_id_columns_of_owners_and_accounts_are_no_keys",
        "renamed labels": "test_renamed_labels_are_still_the_contacts_table",
        "ids that Excel has rounded": "test_an_id_that_a_spreadsheet_has_ruined_is_unrecoverable_and_says_so",
        "ids that end in zeros": "test_an_id_that_ends_in_zeros_never_finds_the_id_that_it_was",
        "dates of zeros": "test_a_date_of_zeros_is_blank_and_clears_nothing",
        "two forms of times": "test_both_forms_of_times_are_read",
        "converted leads": "test_a_converted_lead_leads_to_the_contact_it_became",
        "a lead's id is no contact's": "test_a_leads_own_id_is_never_taken_for_a_contacts",
        "one notice of many ids": "test_a_notice_without_values_says_what_changed_and_writes_nothing",
        "values only when asked": "test_a_notice_with_values_writes_the_changed_field_of_each_record",
        "no record in a notice": "test_a_new_record_of_which_only_the_id_is_told_creates_nobody",
        "no time of its own": "test_two_notices_that_differ_in_their_time_alone_are_two_events",
        "other modules": "test_a_notice_of_another_module_is_an_unknown_event",
        "a note on something else": (
            "test_a_note_on_a_contact_is_appended_and_one_on_a_deal_is_held_without_a_contact_to_create"
        ),
        "Record Id is HubSpot's first column too": (
            "test_a_hubspot_export_with_the_same_first_column_is_not_taken_for_zoho"
        ),
    },
    "Dynamics 365": {
        "three hidden columns": "test_the_row_checksum_is_no_key_and_is_never_staged",
        "a checksum is no id": "test_the_checksum_of_a_dynamics_row_is_no_guid",
        "GUIDs in every spelling": "test_a_guid_in_braces_and_capitals_is_the_same_id",
        "leading and no-break blanks in labels": "test_blanks_and_no_break_blanks_in_labels_are_overlooked",
        "suffixes of related columns": "test_a_phone_of_the_parent_account_is_not_the_contacts",
        "people by display name": "test_a_display_name_alone_is_no_identity",
        "attendees by display name": "test_attendees_by_display_name_have_no_identity",
        "dates in the user's form": "test_dates_in_the_users_form_are_read_and_the_choice_is_told",
        "lists of keys and values": "test_a_list_of_keys_and_values_is_read_as_fields",
        "messages over 256 KB lose their values": (
            "test_a_message_that_was_too_large_for_its_values_is_held_and_says_what_to_load"
        ),
        "images are no change": "test_the_image_of_the_record_is_evidence_and_changes_nothing",
        "inverted labels of consent": "test_allow_and_do_not_allow_are_read_the_right_way_round",
        "OData": "test_a_web_api_record_is_a_contact",
        "text cut at 32,767 characters": "test_a_text_as_long_as_a_spreadsheets_cell_is_said_to_be_cut_off",
    },
    "Forms and lists": {
        "marks before ids and numbers": "test_a_number_with_its_mark_finds_the_contact",
        "the order of answers varies": "test_the_order_of_the_answers_does_not_matter",
        "UTF-16 with tabs": "test_a_file_of_ads_manager_in_utf_16_with_tabs_is_the_same",
        "test leads": "test_a_test_lead_is_nobody",
        "a ticked box is a text": "test_the_text_of_a_ticked_box_is_no_consent_that_is_staged",
        "the contact of a submission": "test_a_submission_of_a_ghl_form_is_about_the_contact_that_ghl_names",
        "questions as headers, times of the sheet": (
            "test_questions_as_headers_are_read_and_the_time_in_the_form_of_the_sheet"
        ),
        "unanswered is not cleared": "test_a_question_that_was_not_answered_clears_nothing",
        "blank headers at the end": "test_blank_cells_that_excel_drops_below_a_blank_header_are_no_damage",
        "a decimal comma": "test_a_decimal_comma_is_read_and_told",
    },
    "The canonical model": {
        "blank is not absent": "test_what_is_not_there_is_absent_and_not_blank",
        "a name in one or two": "test_a_name_is_split_at_its_last_blank_or_its_comma",
        "no-break and wide blanks": "test_no_break_and_wide_blanks_around_a_name_are_not_a_change",
        "country names and codes": "test_a_country_is_its_two_letters",
        "opt-outs go one way": "test_taking_back_an_opt_out_is_never_silent",
        "a naive time stays naive": "test_a_naive_time_stays_naive_unless_its_system_writes_utc",
        "a close date has no zone": "test_a_day_is_never_shifted_and_a_lost_time_is_told",
        "words for an amount": "test_words_for_an_amount_are_an_error",
        "two directions in one row": "test_a_sender_that_the_policy_calls_ours_contradicts_an_incoming_message",
        "a look-alike letter": "test_a_look_alike_letter_in_an_address_is_held_with_its_code_point",
    },
}
"""System → trap → name of its test."""
