//! The conformance suite in one line.

/// Makes a module of tests for one carrier: one test for each [vector](crate::vectors), and one for each scenario of
/// [`conformance`](crate::conformance).
///
/// ```
/// use tracehop::MemoryHeaders;
///
/// tracehop_testing::carrier_conformance!(in_memory, MemoryHeaders, not_representable: 2);
/// ```
///
/// Headers that the transport cannot hold are passed over. Their number is part of the line, so that none is passed over by
/// mistake. If you leave the number out it is zero. If it is wrong, the test
/// `headers_it_cannot_hold_are_as_many_as_declared` fails and names the headers.
#[macro_export]
macro_rules! carrier_conformance {
    ($module:ident, $carrier:ty) => {
        $crate::carrier_conformance!($module, $carrier, not_representable: 0);
    };
    ($module:ident, $carrier:ty, not_representable: $count:expr) => {
        mod $module {
            #[allow(clippy::wildcard_imports, unused_imports, reason = "the carrier is named in the scope outside")]
            use super::*;

            mod vectors {
                #[allow(clippy::wildcard_imports, unused_imports, reason = "the carrier is named in the scope outside")]
                use super::*;

                $crate::__each_vector!(__vector_tests, $carrier);
            }

            $crate::__scenario_tests! {
                $carrier;
                headers_come_out_as_they_went_in: round_trip;
                values_are_found_by_exact_name_oldest_first: lookup;
                a_patch_applies_to_an_empty_message: empty;
                context_headers_in_any_letter_case_are_replaced: replacement;
                ten_republishes_leave_each_context_header_once_and_the_others_alone: republish;
                a_refused_patch_leaves_the_headers_unchanged: refusal;
                empty_tracestate_and_baggage_are_never_written: no_empty_headers;
                unsampled_contexts_are_written_like_sampled_ones: unsampled;
                other_names_of_traceparent_are_replaced: aliases;
                a_retry_loop_through_a_relay_that_appends_does_not_grow: retry_loop;
                every_format_is_read_back: formats;
                a_source_gets_no_more_than_it_is_trusted_with: trust;
                hostile_headers_never_panic_and_never_invent_a_context: hostile;
                the_sdks_propagator_works_over_it: sdk_propagator;
                a_propagator_that_searches_by_prefix_works_over_it: prefix_propagator;
            }

            #[test]
            fn headers_it_cannot_hold_are_as_many_as_declared() {
                let names = $crate::conformance::not_representable::<$carrier>();
                assert_eq!(names.len(), $count, "not representable: {names:#?}");
            }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __scenario_tests {
    ($carrier:ty; $($name:ident: $scenario:ident;)*) => {
        $(
            #[test]
            fn $name() {
                $crate::conformance::$scenario::<$carrier>();
            }
        )*
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __vector_tests {
    ([$carrier:ty] $($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                $crate::conformance::vector::<$carrier>(stringify!($name));
            }
        )*
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __vector_names {
    ([] $($name:ident)*) => {
        [$(stringify!($name)),*]
    };
}

/// The names of all vectors, because a macro cannot ask a function for them. A test compares them with the tables.
#[doc(hidden)]
#[macro_export]
macro_rules! __each_vector {
    ($then:ident $(, $argument:ty)?) => {
        $crate::$then! {
            [$($argument)?]
            v00_continues
            v00_with_trailing_dash_restarts
            v00_with_trailing_dot_restarts
            v00_with_trailing_data_restarts
            later_version_continues_as_v00
            later_version_with_trailing_data_continues_as_v00
            later_version_with_trailing_dot_restarts
            later_version_with_dot_and_data_restarts
            version_ff_restarts
            version_with_leading_dot_restarts
            version_with_trailing_dot_restarts
            version_with_sign_restarts
            version_in_capitals_restarts
            version_of_three_digits_restarts
            version_of_four_digits_restarts
            version_of_one_digit_restarts
            zero_trace_id_restarts
            zero_span_id_restarts
            trace_id_with_leading_dot_restarts
            trace_id_with_trailing_dot_restarts
            trace_id_with_capital_restarts
            trace_id_beyond_ascii_restarts
            trace_id_of_33_digits_restarts
            trace_id_of_31_digits_restarts
            span_id_with_leading_dot_restarts
            span_id_with_trailing_dot_restarts
            span_id_with_capital_restarts
            span_id_of_17_digits_restarts
            span_id_of_15_digits_restarts
            flags_with_leading_dot_restart
            flags_with_trailing_dot_restart
            flags_with_capital_restart
            flags_of_three_digits_restart
            flags_of_one_digit_restart
            missing_flags_restart
            underscores_for_dashes_restart
            leading_space_continues
            leading_tab_continues
            trailing_space_continues
            trailing_tab_continues
            white_space_on_both_sides_continues
            white_space_inside_restarts
            two_equal_traceparents_continue
            last_of_two_traceparents_wins
            last_valid_traceparent_wins
            valid_traceparent_after_a_malformed_one_wins
            two_malformed_traceparents_restart
            two_equal_traceparents_restart_if_repeats_are_rejected
            two_different_traceparents_restart_if_repeats_are_rejected
            unsampled_continues
            random_flag_is_kept
            random_and_sampled_flags_are_kept
            unknown_flags_are_not_sent
            unknown_flags_do_not_mean_sampled
            relayed_context_keeps_its_own_tracestate
            relayed_context_gets_no_tracestate_of_another
            relayed_context_keeps_its_own_baggage
            relayed_context_gets_no_baggage_of_another
            copied_members_are_not_doubled
            tracestate_may_be_written_before_its_traceparent
            equal_traceparents_share_what_one_of_them_has
            malformed_traceparent_takes_nothing_away
            relayed_context_in_another_letter_case_keeps_to_itself
            each_header_may_have_a_letter_case_of_its_own
            tracestates_in_two_headers_combine
            tracestates_in_three_headers_combine_in_order
            empty_tracestate_before_another_is_skipped
            empty_tracestate_after_another_is_skipped
            empty_tracestate_is_not_sent_on
            tracestate_of_white_space_is_not_sent_on
            empty_members_are_skipped
            duplicate_keys_survive
            equal_members_survive
            duplicate_keys_in_two_headers_survive
            key_ending_in_at_is_kept
            key_with_two_ats_is_kept
            key_with_ats_apart_is_kept
            key_with_a_long_vendor_is_kept
            key_starting_with_at_drops_tracestate
            key_starting_with_a_digit_is_kept
            every_character_of_a_key_is_kept
            key_with_a_capital_drops_tracestate
            key_with_a_space_drops_tracestate
            key_with_a_dollar_drops_tracestate
            member_without_a_key_drops_tracestate
            member_without_an_equals_sign_drops_tracestate
            tracestate_of_32_members_is_kept
            tracestate_of_33_members_is_dropped
            tracestate_of_32_members_in_two_headers_is_kept
            tracestate_of_33_members_in_two_headers_is_dropped
            key_of_256_characters_is_kept
            key_of_257_characters_drops_tracestate
            value_of_256_characters_is_kept
            value_of_257_characters_drops_tracestate
            empty_value_drops_tracestate
            every_character_of_a_value_is_kept
            value_with_an_equals_sign_drops_tracestate
            value_starting_with_an_equals_sign_drops_tracestate
            comma_ends_a_value
            comma_in_a_value_drops_tracestate
            value_with_a_control_character_drops_tracestate
            value_with_a_tab_inside_drops_tracestate
            value_beyond_ascii_drops_tracestate
            value_that_is_not_utf8_drops_tracestate
            white_space_around_members_is_cut
            space_at_the_start_of_a_value_is_kept
            tracestate_of_a_malformed_traceparent_is_ignored
            malformed_tracestate_of_a_malformed_traceparent_is_ignored
            tracestate_without_a_traceparent_is_ignored
            baggage_needs_no_traceparent
            baggage_travels_beside_a_trace
            baggage_survives_a_malformed_traceparent
            baggage_value_with_equals_signs_is_kept
            white_space_around_the_parts_of_baggage_is_cut
            empty_baggage_value_is_kept
            empty_baggage_is_not_sent_on
            empty_baggage_members_are_skipped
            malformed_baggage_members_are_left_out
            baggage_member_that_is_not_utf8_is_left_out
            baggage_member_with_a_line_break_is_left_out
            baggage_in_two_headers_combines
            baggage_in_three_headers_combines
            percent_encoded_baggage_is_decoded
            percent_encoding_in_lower_case_is_decoded
            percent_encoding_that_is_not_utf8_is_replaced
            encoded_percent_sign_is_sent_encoded
            stray_percent_sign_stands_for_itself
            separators_are_sent_encoded
            baggage_of_64_members_is_kept
            baggage_member_65_is_left_out
            baggage_of_8192_bytes_is_kept
            baggage_member_beyond_8192_bytes_is_left_out_whole
            baggage_member_that_no_longer_fits_is_left_out_whole
            the_limit_of_baggage_is_for_all_headers
            baggage_properties_are_kept_verbatim
            percent_signs_in_baggage_properties_are_kept
            null_traceparent_is_none
            empty_traceparent_is_none
            null_traceparent_does_not_count_as_a_repeat
            empty_traceparent_does_not_count_as_a_repeat
            null_tracestate_and_baggage_are_none
            binary_traceparent_continues
            unsampled_binary_traceparent_continues
            unknown_flags_of_a_binary_traceparent_are_not_sent
            binary_traceparent_with_tracestate_continues
            binary_traceparent_of_28_bytes_restarts
            binary_traceparent_of_30_bytes_restarts
            binary_traceparent_with_zero_span_id_restarts
            binary_traceparent_with_wrong_field_restarts
            binary_elasticapmtraceparent_continues
            text_elasticapmtraceparent_continues
            malformed_elasticapmtraceparent_restarts
            traceparent_wins_over_elasticapmtraceparent
            malformed_traceparent_is_not_mended_by_an_alias
            capitalised_traceparent_continues
            traceparent_in_capitals_continues
            all_three_headers_may_be_capitalised
            capitalised_baggage_needs_no_traceparent
            exact_traceparent_wins_over_a_capitalised_one
            malformed_capitalised_traceparent_restarts
            longer_names_are_not_context_headers
            traceparent_in_json_quotes_is_unwrapped
            tracestate_and_baggage_in_json_quotes_are_unwrapped
            traceparent_in_quotes_twice_restarts
            encoded_traceparent_is_unwrapped
            encoded_traceparent_with_a_long_length_is_unwrapped
            encoded_binary_traceparent_is_unwrapped
            encoded_traceparent_of_another_length_restarts
        }
    };
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_macro_names_every_vector_and_no_other() {
        let vectors: Vec<&str> = crate::vectors::all().iter().map(|vector| vector.name).collect();
        assert_eq!(__each_vector!(__vector_names).to_vec(), vectors);
    }
}
