/** Salesforce Scheduler tells that appointments were booked, changed or deleted. */
trigger ConveneAppointmentTrigger on AppointmentSchedulingEvent(after insert) {
    ConveneDownSync.enqueue(ConveneDownSync.changesOf(Trigger.new));
}
