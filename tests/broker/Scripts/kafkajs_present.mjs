// Loads when kafkajs can be found from here.
import 'kafkajs';
